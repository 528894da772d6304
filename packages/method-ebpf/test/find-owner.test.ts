import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Monitor } from "@procmon/core";
import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { between, type Counters, type MadeSocket, networkOf, told, watch } from "./watching.ts";

const missing = requirement("ebpf", "cc", "root");

const openSocket = (...args: string[]) => spawnFixture<MadeSocket>("open-socket", args);
const HOME = "127.0.0.1";

describe.skipIf(missing)("findOwner, of sockets that begin while it watches,", () => {
  let monitor: Monitor;
  let stats: () => Counters;

  beforeEach(async () => {
    ({ monitor, stats } = await watch());
  });

  afterEach(() => monitor.stop());

  it("names both ends of a connection and the listener, from the kernel's table alone", async () => {
    const server = createServer().listen(0, HOME);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, "connection");
    await using client = await openSocket("tcp", "-", "0", `connect=${HOME}/${port}`);
    const [socket] = (await accepted) as [Socket];
    const ends = [HOME, client.ready.port] as const;
    const owner = await monitor.findOwner(between("tcp", ends, [HOME, port]));
    expect(told(owner)).toBe(`exact ${client.pid}`);
    expect(owner).toMatchObject({ via: "ebpf", owners: [{ comm: "open-socket" }] });
    expect(told(await monitor.findOwner(between("tcp", [HOME, port], ends)))).toBe(`exact ${process.pid}`);
    // What others do meanwhile may have it asked once more.
    expect(stats().tableHits).toBeGreaterThanOrEqual(2);
    expect(stats()).toMatchObject({ lookupSearches: 0 });
    // This process has forked since it began to listen: the child might hold the socket as well.
    const listening = between("tcp", [HOME, port]);
    for (let count = 0; count < 3; count++) {
      expect(told(await monitor.findOwner(listening))).toBe(`exact ${process.pid}`);
      expect(stats()).toMatchObject({ lookupSearches: 1 });
    }
    socket.destroy();
    server.close();
  });

  it("names the listener where nobody has accepted, or where there is no such connection", async () => {
    await using server = await openSocket("tcp", "0.0.0.0", "0", "listen");
    const { port } = server.ready;
    await using client = await openSocket("tcp", "-", "0", `connect=${HOME}/${port}`);
    const waiting = await monitor.findOwner(between("tcp", [HOME, port], [HOME, client.ready.port]));
    expect(told(waiting)).toBe(`derived listener ${server.pid}`);
    expect(told(await monitor.findOwner(between("tcp", [HOME, port], [HOME, 1])))).toBe(
      `derived listener ${server.pid}`,
    );
    expect(stats()).toMatchObject({ lookupSearches: 0 });
  });

  it("answers IPv4 for a socket of IPv6, in both spellings", async () => {
    await using server = await openSocket("tcp", "::", "0", "dual", "listen");
    const { port } = server.ready;
    await using client = await openSocket("tcp", "-", "0", `connect=::ffff:${HOME}/${port}`);
    const mapped = `::ffff:${HOME}`;
    for (const [protocol, ip] of [
      ["tcp", HOME],
      ["tcp6", mapped],
    ] as const) {
      const owner = await monitor.findOwner(between(protocol, [ip, client.ready.port], [ip, port]));
      expect(told(owner)).toBe(`exact ${client.pid}`);
      expect(told(await monitor.findOwner(between(protocol, [ip, port], [ip, 9])))).toBe(
        `derived listener ${server.pid}`,
      );
    }
  });

  it("tells datagram sockets apart by what they are bound and connected to", async () => {
    await using wildcard = await openSocket("udp", "0.0.0.0", "0", "reuse");
    const { port } = wildcard.ready;
    await using bound = await openSocket("udp", HOME, `${port}`, "reuse");
    await using connected = await openSocket("udp", HOME, `${port}`, "reuse", `connect=${HOME}/53`);
    const ask = async (dstPort: number, ip = HOME) =>
      told(await monitor.findOwner(between("udp", [ip, port], [HOME, dstPort])));
    expect(await ask(53)).toBe(`exact ${connected.pid}`);
    expect(await ask(54)).toBe(`derived ${bound.pid}`);
    expect(await ask(54, "127.0.0.5")).toBe(`derived ${wildcard.pid}`);
    expect(told(await monitor.findOwner(between("udp", ["0.0.0.0", port])))).toBe(`exact ${wildcard.pid}`);
  });

  it("names every process of one port (SO_REUSEPORT), and every holder of one socket", async () => {
    await using first = await openSocket("tcp", HOME, "0", "reuse-port", "listen");
    const { port } = first.ready;
    await using second = await openSocket("tcp", HOME, `${port}`, "reuse-port", "listen");
    const pids = [first.pid, second.pid].sort((a, b) => a - b);
    expect(told(await monitor.findOwner(between("tcp", [HOME, port])))).toBe(`derived ${pids}`);
    await second.stop();
    await expect
      .poll(async () => told(await monitor.findOwner(between("tcp", [HOME, port]))))
      .toBe(`exact ${first.pid}`);

    const shared = await spawnFixture<MadeSocket & { children: number[] }>("share-socket", ["fork", "2"]);
    await using _ = shared;
    const holders = [shared.pid, ...shared.ready.children].sort((a, b) => a - b);
    const tuple = between("tcp", [HOME, shared.ready.port]);
    await expect.poll(async () => told(await monitor.findOwner(tuple))).toBe(`exact ${holders}`);
    const { lookupSearches } = stats();
    expect(told(await monitor.findOwner(tuple))).toBe(`exact ${holders}`);
    expect(stats()).toMatchObject({ lookupSearches });
  });

  it("says that nobody owns what is over, and who did", async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, HOME);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, "connection");
    const client = await openSocket("tcp", "-", "0", `connect=${HOME}/${port}`);
    const [socket] = (await accepted) as [Socket];
    const tuple = between("tcp", [HOME, client.ready.port], [HOME, port]);
    expect(told(await monitor.findOwner(tuple))).toBe(`exact ${client.pid}`);
    await client.stop();
    // The server's end stays open, and so the kernel keeps the client's.
    const orphaned = { kind: "none", reason: "orphaned", lastOwner: { pid: client.pid, comm: "open-socket" } };
    await expect.poll(() => monitor.findOwner(tuple)).toMatchObject(orphaned);
    socket.destroy();
    server.close();
  });

  it("says the same of a connection that its process has closed, and lives on", async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, HOME);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = connect(port, HOME);
    const [[socket]] = (await Promise.all([once(server, "connection"), once(client, "connect")])) as [
      [Socket],
      unknown,
    ];
    const tuple = between("tcp", [HOME, client.localPort ?? 0], [HOME, port]);
    expect(told(await monitor.findOwner(tuple))).toBe(`exact ${process.pid}`);
    client.destroy();
    await once(client, "close");
    await expect.poll(async () => told(await monitor.findOwner(tuple))).toBe("none: orphaned");
    socket.destroy();
    server.close();
  });

  it("finds nothing where nothing is", async () => {
    expect(await monitor.findOwner(between("tcp", [HOME, 1], [HOME, 1]))).toEqual({
      kind: "none",
      reason: "not-found",
    });
    expect((await monitor.findOwner(between("sctp", [HOME, 1], [HOME, 1]))).kind).toBe("hidden");
    expect((await monitor.findOwner(between("packet", [HOME, 1], [HOME, 1]))).kind).toBe("none");
  });
});

describe.skipIf(missing ?? requirement("namespaces"))("findOwner, of sockets that are older,", () => {
  it("names their holders, in every network namespace", async () => {
    await using here = await openSocket("tcp", HOME, "0", "listen");
    await using there = await spawnFixture<MadeSocket>("open-socket", ["tcp", HOME, "7777", "listen"], {
      enter: ["net"],
    });
    await using shared = await spawnFixture<MadeSocket & { children: number[] }>("share-socket", ["fork", "2"]);
    const { monitor, stats } = await watch();
    await using _ = monitor;
    const listener = (port: number, netns?: number) => {
      return monitor.findOwner({ ...between("tcp", [HOME, port]), ...(netns === undefined ? {} : { netns }) });
    };
    expect(told(await listener(here.ready.port))).toBe(`exact ${here.pid}`);
    expect(told(await listener(7777, networkOf(there)))).toBe(`exact ${there.pid}`);
    expect(told(await listener(7777))).toBe("none: not-found");
    const holders = [shared.pid, ...shared.ready.children].sort((a, b) => a - b);
    expect(told(await listener(shared.ready.port))).toBe(`exact ${holders}`);
    // The table's, and for the one that is not there a search.
    expect(stats()).toMatchObject({ tableHits: 3, lookupSearches: 1 });
  });
});
