import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, onTestFinished, test } from "vitest";
import { needs } from "./support/needs.ts";
import { between, type MadeSocket, pidsOf, unconnected } from "./support/sockets.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("cc");

const openSocket = (...args: string[]) => spawnFixture<MadeSocket>("open-socket", args);

describe("IPv4 and IPv6", () => {
  test("a dual-stack listener answers IPv4, derived; its own tuple is exact", async () => {
    await using server = await openSocket("tcp", "::", "0", "dual", "listen");
    const { port } = server.ready;
    await using client = await openSocket("tcp", "-", "0", `connect=127.0.0.1/${port}`);
    await using monitor = await startMonitor();
    expect(await monitor.findOwner(unconnected("tcp6", "::", port))).toMatchObject({
      confidence: "exact",
      owners: [{ pid: server.pid }],
    });
    const ends = [
      ["127.0.0.1", port],
      ["127.0.0.1", client.ready.port],
    ] as const;
    const owner = await monitor.findOwner(between("tcp", ...ends));
    expect(pidsOf(owner)).toEqual([server.pid]);
    expect(owner).toMatchObject({ confidence: "derived" });
  });

  test("a listener for IPv6 alone does not answer IPv4", async () => {
    await using server = await openSocket("tcp", "::", "0", "only6", "listen");
    const { port } = server.ready;
    await using other = await openSocket("tcp", "0.0.0.0", String(port), "listen");
    await using monitor = await startMonitor();
    expect(pidsOf(await monitor.findOwner(unconnected("tcp", "0.0.0.0", port)))).toEqual([other.pid]);
    expect(pidsOf(await monitor.findOwner(unconnected("tcp6", "::", port)))).toEqual([server.pid]);
  });

  test("an IPv4 connection of an IPv6 socket is the same in both spellings", async () => {
    await using server = await openSocket("tcp", "127.0.0.1", "0", "listen");
    const { port } = server.ready;
    await using client = await openSocket("tcp", "-", "0", `connect=::ffff:127.0.0.1/${port}`);
    await using monitor = await startMonitor();
    for (const [protocol, ip] of [
      ["tcp", "127.0.0.1"],
      ["tcp6", "::ffff:127.0.0.1"],
      ["tcp6", "::FFFF:7f00:1"],
    ] as const) {
      const owner = await monitor.findOwner(between(protocol, [ip, client.ready.port], [ip, port]));
      expect(pidsOf(owner)).toEqual([client.pid]);
      expect(owner).toMatchObject({ confidence: "exact" });
    }
  });

  test("addresses of the same port are told apart", async () => {
    await using first = await openSocket("tcp", "127.0.0.2", "0", "listen");
    const { port } = first.ready;
    await using second = await openSocket("tcp", "127.0.0.3", String(port), "listen");
    await using monitor = await startMonitor();
    expect(pidsOf(await monitor.findOwner(unconnected("tcp", "127.0.0.2", port)))).toEqual([first.pid]);
    expect(pidsOf(await monitor.findOwner(unconnected("tcp", "127.0.0.3", port)))).toEqual([second.pid]);
    expect(pidsOf(await monitor.findOwner(unconnected("tcp", "127.0.0.4", port)))).toBe("none: not-found");
  });
});

describe("UDP without a connection", () => {
  test("a datagram is the wildcard socket's, derived", async () => {
    await using socket = await openSocket("udp", "0.0.0.0", "0");
    await using monitor = await startMonitor();
    const { port } = socket.ready;
    const owner = await monitor.findOwner(between("udp", ["127.0.0.1", port], ["127.0.0.9", 53]));
    expect(pidsOf(owner)).toEqual([socket.pid]);
    expect(owner).toMatchObject({ confidence: "derived" });
    expect(await monitor.findOwner(unconnected("udp", "0.0.0.0", port))).toMatchObject({ confidence: "exact" });
  });

  test("a socket bound to the address comes before the wildcard's, a connected one before both", async () => {
    await using wildcard = await openSocket("udp", "0.0.0.0", "0", "reuse");
    const { port } = wildcard.ready;
    await using bound = await openSocket("udp", "127.0.0.1", String(port), "reuse");
    await using connected = await openSocket("udp", "127.0.0.1", String(port), "reuse", "connect=127.0.0.1/53");
    await using monitor = await startMonitor();
    const ask = async (dstPort: number, srcIp = "127.0.0.1") =>
      pidsOf(await monitor.findOwner(between("udp", [srcIp, port], ["127.0.0.1", dstPort])));
    expect(await ask(53)).toEqual([connected.pid]);
    expect(await ask(54)).toEqual([bound.pid]);
    expect(await ask(54, "127.0.0.5")).toEqual([wildcard.pid]);
  });

  test("UDP-Lite is no UDP", async ({ skip }) => {
    const missing = requirement("udplite");
    skip(missing !== undefined, missing);
    await using socket = await openSocket("udplite", "127.0.0.1", "0");
    await using monitor = await startMonitor();
    const { port } = socket.ready;
    expect(pidsOf(await monitor.findOwner(unconnected("udplite", "127.0.0.1", port)))).toEqual([socket.pid]);
    expect(pidsOf(await monitor.findOwner(unconnected("udp", "127.0.0.1", port)))).toBe("none: not-found");
  });
});

describe("TIME_WAIT", () => {
  test("is nobody's, hides no listener, and no later connection of the same tuple", async () => {
    const { server, port } = await listen();
    const clientPort = await connectAndCloseByServer(server, port);
    await using monitor = await startMonitor();
    const serverEnd = between("tcp", ["127.0.0.1", port], ["127.0.0.1", clientPort]);
    await expect.poll(() => monitor.findOwner(serverEnd).then(pidsOf)).toBe("none: time-wait");
    expect(pidsOf(await monitor.findOwner(unconnected("tcp", "127.0.0.1", port)))).toEqual([process.pid]);

    await using client = await openSocket("tcp", "127.0.0.1", `${clientPort}`, "reuse", `connect=127.0.0.1/${port}`);
    const clientEnd = between("tcp", ["127.0.0.1", clientPort], ["127.0.0.1", port]);
    expect(await monitor.findOwner(clientEnd)).toMatchObject({ confidence: "exact", owners: [{ pid: client.pid }] });
    await expect.poll(() => monitor.findOwner(serverEnd).then(pidsOf)).toEqual([process.pid]);
  });

  async function listen(): Promise<{ server: Server; port: number }> {
    const server = createServer().listen(0, "127.0.0.1");
    const accepted = new Set<Socket>();
    server.on("connection", (socket) => void accepted.add(socket.on("error", () => {})));
    onTestFinished(() => {
      for (const socket of accepted) socket.destroy();
      server.close();
    });
    await once(server, "listening");
    return { server, port: (server.address() as AddressInfo).port };
  }

  /** The end that closes first keeps the TIME_WAIT. Returns the other one's port. */
  async function connectAndCloseByServer(server: Server, port: number): Promise<number> {
    const client = connect(port, "127.0.0.1");
    const [[accepted]] = (await Promise.all([once(server, "connection"), once(client, "connect")])) as [
      [Socket],
      unknown,
    ];
    const clientPort = client.localPort as number;
    accepted.end();
    client.resume();
    await Promise.all([once(client, "close"), once(accepted.resume(), "close")]);
    return clientPort;
  }
});
