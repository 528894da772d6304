import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { CheckedConnection, Ownership, ProcessIdentity } from "@procmon/core";
import { fixturePath, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findNative } from "../native-access.ts";
import { createOwnerLookup, type OwnerLookup, type OwnerLookupParts } from "./owner-lookup.ts";
import { createRecordingHost, type RecordingHost } from "./recording-host.test-kit.ts";
import { openInlineChannel } from "./search-channel.ts";
import { connectTo, type Driver, listenAt, loopback, startDriver } from "./socket-driver.test-kit.ts";
import { createSocketHints, type SocketHints } from "./socket-hints.ts";

const { native } = await findNative();
const missing = requirement("cc", "root", "namespaces");

describe.skipIf(missing).each([
  { tables: true, worker: true },
  { tables: true, worker: false },
  { tables: false, worker: true },
])("owners are found, with %o", ({ tables, worker }) => {
  let host: RecordingHost;
  let hints: SocketHints;
  let lookup: OwnerLookup;
  let forked: number[];
  let hasUnreadFork: boolean;

  beforeEach(() => {
    host = createRecordingHost();
    hints = createSocketHints();
    forked = [];
    hasUnreadFork = false;
    lookup = makeLookup({ unreadForks: { mayHold: () => hasUnreadFork, close() {} } });
  });

  afterEach(async () => {
    await lookup.stop();
    host[Symbol.dispose]();
  });

  function makeLookup(more: Partial<OwnerLookupParts>): OwnerLookup {
    if (!native) throw new Error("there is no native half");
    return createOwnerLookup({
      host,
      hints,
      native: tables ? native : undefined,
      hasForkedSince: ({ pid }: ProcessIdentity) => forked.includes(pid),
      ...(worker ? {} : { channels: [openInlineChannel] }),
      ...more,
    });
  }

  /** As a record tells of it. */
  function note(driver: Driver, fd: number, connection: CheckedConnection): void {
    const { pid, startTime } = driver;
    const inode = driver.inodeOf(fd);
    hints.noteHolder(inode, { pid, startTime, fd }, 1n);
    hints.noteConnection(connection, { owner: { pid, startTime, comm: "as recorded" }, inode });
  }

  interface Connected {
    readonly client: Driver;
    readonly server: Driver;
    readonly fd: number;
    readonly tuple: CheckedConnection;
    readonly port: number;
  }

  async function connected(): Promise<Connected> {
    return connectTwo(await startDriver(), await startDriver());
  }

  /** In a network namespace of their own: in this one the ports may be those of a connection in TIME_WAIT, and not be bound again. */
  async function connectedApart(): Promise<Connected & { readonly other: Driver }> {
    const server = await startDriver("net");
    const join = `join-net=${server.pid}`;
    return { ...(await connectTwo(server, await startDriver(join))), other: await startDriver(join) };
  }

  async function connectTwo(server: Driver, client: Driver): Promise<Connected> {
    const listener = await listenAt(server);
    const { fd, port } = await connectTo(client, listener.port);
    return { client, server, fd, port: listener.port, tuple: loopback(client, port, listener.port) };
  }

  it("the first time by a search, then by what that has told", async () => {
    const { client, server, fd, tuple, port } = await connected();
    await using _ = client;
    await using __ = server;
    const owners = [{ pid: client.pid, startTime: client.startTime, fd, path: fixturePath("drive-sockets") }];
    expect(await lookup.find(tuple)).toMatchObject({ kind: "process", confidence: "exact", via: "scan", owners });
    expect(await lookup.find(tuple)).toMatchObject({ kind: "process", confidence: "exact", via: "audit", owners });
    const { value } = await server.do("accept 3");
    const reverse = loopback(server, port, tuple.srcPort);
    expect(await lookup.find(reverse)).toMatchObject({ owners: [{ pid: server.pid, fd: value }] });
    expect(await lookup.find(loopback(server, port))).toMatchObject({ owners: [{ pid: server.pid, fd: 3 }] });
    expect(lookup.visibility().pidsTotal).toBeGreaterThan(1);
  });

  it("by a record alone", async () => {
    const { client, server, fd, tuple } = await connected();
    await using _ = client;
    await using __ = server;
    note(client, fd, tuple);
    const path = fixturePath("drive-sockets");
    expect(await lookup.find(tuple)).toEqual({
      kind: "process",
      confidence: "exact",
      via: "audit",
      owners: [{ pid: client.pid, startTime: client.startTime, comm: "drive-sockets", path, fd }],
    });
    expect(lookup.stats()).toMatchObject({ searches: 0, hintAnswers: 1 });
  });

  it("all of them, where a record of a fork has come, and where it has not", async () => {
    const { client, server, fd, tuple } = await connected();
    await using _ = client;
    await using __ = server;
    note(client, fd, tuple);
    const { pid } = await client.do("fork");
    const both = [client.pid, pid].sort((a, b) => a - b);
    // What nobody has told of cannot be known: that it is asked for is shown below.
    expect(pidsOf(await lookup.find(tuple))).toEqual([client.pid]);
    hasUnreadFork = true;
    expect(pidsOf(await lookup.find(tuple))).toEqual(both);
    hasUnreadFork = false;
    forked.push(client.pid);
    expect(pidsOf(await lookup.find(tuple))).toEqual(both);
    forked.length = 0;
    expect(await lookup.find(tuple)).toMatchObject({ via: "audit", owners: both.map((each) => ({ pid: each })) });
    hints.distrust(BigInt(Date.now()) * 1_000_000n);
    expect(await lookup.find(tuple)).toMatchObject({ via: "scan" });
  });

  it("of a socket whose child nobody has told of", async () => {
    const { client, server, fd, tuple } = await connected();
    await using _ = client;
    await using __ = server;
    await using real = stopping(makeLookup({}));
    note(client, fd, tuple);
    const { pid } = await client.do("fork");
    expect(pidsOf(await real.find(tuple))).toEqual([client.pid, pid].sort((a, b) => a - b));
  });

  it("and not from a hint that is wrong", async () => {
    const { client, server, fd, tuple, port } = await connected();
    await using _ = client;
    await using __ = server;
    // Without tables only a search tells that a socket is another connection's.
    if (tables) {
      note(server, 3, tuple);
      expect(pidsOf(await lookup.find(tuple))).toEqual([client.pid]);
    }
    const { pid, startTime } = client;
    hints.setHolders(client.inodeOf(fd), { holders: [{ pid, startTime: startTime - 1n, fd }], since: 1n, lastPid: 1 });
    expect(await lookup.find(tuple)).toMatchObject({ via: "scan", owners: [{ pid, startTime }] });
    hints.setHolders(client.inodeOf(fd), {
      holders: [{ pid: server.pid, startTime: server.startTime, fd: 3 }],
      since: 1n,
    });
    expect(pidsOf(await lookup.find(tuple))).toEqual([client.pid]);
    note(client, fd, loopback(server, port));
    expect(pidsOf(await lookup.find(loopback(server, port)))).toEqual([server.pid]);
  });

  it("after the socket was passed on", async () => {
    await using fixture = await spawnFixture<{ pid: number; child: number; fd: number; inode: number; port: number }>(
      "share-socket",
      ["pass"],
    );
    const { child, fd, inode, port, pid } = fixture.ready;
    hints.noteHolder(inode, { pid, startTime: host.finder.find(pid)?.startTime ?? 0n, fd }, 1n);
    const asked = loopback({ netns: host.finder.find(pid)?.netns ?? 0 }, port);
    expect(await lookup.find(asked)).toMatchObject({ via: "scan", owners: [{ pid: child, fd }] });
  });

  it("after another has taken the ports", async () => {
    const { client, server, other, fd, tuple, port } = await connectedApart();
    await using _ = client;
    await using __ = server;
    await using ___ = other;
    note(client, fd, tuple);
    await lookup.find(tuple);
    await client.do(`linger ${fd}`);
    await client.do(`close ${fd}`);
    expect(await lookup.find(tuple)).toMatchObject({ kind: "none", lastOwner: { pid: client.pid } });
    const { value } = await other.do("socket 4 stream 0");
    await other.do(`bind ${value} 127.0.0.1 ${tuple.srcPort}`);
    await other.do(`connect ${value} 127.0.0.1 ${port}`);
    expect(pidsOf(await lookup.find(tuple))).toEqual([other.pid]);
  });

  it("after the peer has broken the connection off, and another has taken its ports", async () => {
    const { client, server, other, fd, tuple, port } = await connectedApart();
    await using _ = client;
    await using __ = server;
    await using ___ = other;
    note(client, fd, tuple);
    const { value: accepted } = await server.do("accept 3");
    await server.do(`linger ${accepted}`);
    await server.do(`close ${accepted}`);
    const { value } = await other.do("socket 4 stream 0");
    await other.do(`bind ${value} 127.0.0.1 ${tuple.srcPort}`);
    await other.do(`connect ${value} 127.0.0.1 ${port}`);
    // Without tables a hint is trusted for a moment.
    if (!tables) await new Promise((resolve) => setTimeout(resolve, 120));
    expect(client.inodeOf(fd)).toBeGreaterThan(0);
    expect(pidsOf(await lookup.find(tuple))).toEqual([other.pid]);
  });

  it("by what the process runs now", async () => {
    const { client, server, fd, tuple } = await connected();
    await using _ = client;
    await using __ = server;
    note(client, fd, tuple);
    const before = await lookup.find(tuple);
    const path = fixturePath("odd-process");
    client.try(`exec ${path}`).catch(() => {});
    await expect
      .poll(async () => ownersOf(await lookup.find(tuple))[0]?.path, { timeout: 10_000 })
      .not.toBe(ownersOf(before)[0]?.path);
    expect(await lookup.find(tuple)).toMatchObject({
      owners: [{ pid: client.pid, startTime: client.startTime, path }],
    });
  });

  it("in another network namespace, and not the same tuple in this one", async () => {
    await using server = await startDriver("net");
    await using client = await startDriver(`join-net=${server.pid}`);
    const listener = await listenAt(server, 7777);
    const { fd, port } = await connectTo(client, listener.port);
    const tuple = loopback(client, port, 7777);
    expect(await lookup.find(tuple)).toMatchObject({ via: "scan", owners: [{ pid: client.pid, fd }] });
    expect(await lookup.find(tuple)).toMatchObject({ via: "audit", owners: [{ pid: client.pid, fd }] });
    expect(await lookup.find(loopback(server, 7777))).toMatchObject({ owners: [{ pid: server.pid }] });
    const here = { netns: host.finder.find(process.pid)?.netns ?? 0 };
    expect(here.netns).not.toBe(client.netns);
    expect((await lookup.find(loopback(here, port, 7777))).kind).toBe("none");
    expect((await lookup.find({ ...tuple, netns: 1 })).kind).toBe("none");
  });

  it("of sockets of datagrams", async () => {
    await using driver = await startDriver();
    const { value: fd } = await driver.do("socket 4 dgram 0");
    const { port } = await driver.do(`connect ${fd} 127.0.0.1 9`);
    const tuple = loopback(driver, port, 9, "udp");
    note(driver, fd, tuple);
    const owners = [{ pid: driver.pid, fd }];
    expect(await lookup.find(tuple)).toMatchObject({ confidence: "exact", via: tables ? "audit" : "scan", owners });
    const { value: bound } = await driver.do("socket 4 dgram 0");
    const { port: own } = await driver.do(`bind ${bound} 0.0.0.0 0`);
    const derived = loopback(driver, own, 9, "udp");
    note(driver, bound, derived);
    expect(await lookup.find(derived)).toMatchObject({
      confidence: "derived",
      owners: [{ pid: driver.pid, fd: bound }],
    });
  });

  it("of listeners that share a port", async () => {
    interface Ready {
      readonly pid: number;
      readonly port: number;
      readonly listeners: readonly { readonly pid: number; readonly fd: number; readonly inode: number }[];
    }
    await using fixture = await spawnFixture<Ready>("share-socket", ["reuse-port", "2"]);
    const { listeners, port } = fixture.ready;
    const asked = loopback({ netns: host.finder.find(fixture.pid)?.netns ?? 0 }, port);
    for (const { pid, fd, inode } of listeners.slice(0, 1)) {
      hints.noteHolder(inode, { pid, startTime: host.finder.find(pid)?.startTime ?? 0n, fd }, 1n);
    }
    expect(pidsOf(await lookup.find(asked)).sort()).toEqual(listeners.map(({ pid }) => pid).sort());
  });

  it("of a connection whose own end no record told of", async () => {
    const { client, server, fd, tuple } = await connected();
    await using _ = client;
    await using __ = server;
    const { pid, startTime } = client;
    hints.notePeer(
      { ...tuple, srcIp: "0.0.0.0", srcPort: 0 },
      { pid: server.pid, startTime: server.startTime, fd: 3, since: 1n },
    );
    hints.notePeer({ ...tuple, srcIp: "0.0.0.0", srcPort: 0 }, { pid, startTime, fd, since: 1n });
    const via = tables ? "audit" : "scan";
    expect(await lookup.find(tuple)).toMatchObject({ via, owners: [{ pid, startTime, fd }] });
  });

  it("of this process itself, of which there are no records", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const asked = loopback({ netns: host.finder.find(process.pid)?.netns ?? 0 }, port);
    forked.push(process.pid);
    expect(await lookup.find(asked)).toMatchObject({ via: "scan", owners: [{ pid: process.pid }] });
    expect(pidsOf(await lookup.find(asked))).toEqual([process.pid]);
    await new Promise((resolve) => server.close(resolve));
    expect((await lookup.find(asked)).kind).toBe("none");
  });

  it("no more, once a connection is over: then who had it last", async () => {
    const { client, server, fd, tuple } = await connected();
    await using __ = server;
    note(client, fd, tuple);
    await client[Symbol.asyncDispose]();
    const over = await lookup.find(tuple);
    expect(over).toMatchObject({ kind: "none", lastOwner: { pid: client.pid, comm: "as recorded" } });
    expect(await lookup.find({ ...tuple, srcPort: 1 })).toEqual({ kind: "none", reason: "not-found" });
    expect(await lookup.find({ ...tuple, protocol: "packet" })).not.toHaveProperty("lastOwner");
    expect(await lookup.find({ ...tuple, protocol: "sctp" })).toMatchObject({ kind: "hidden" });
  });

  it("with one pass for many that ask at once", async () => {
    await using server = await startDriver();
    await using client = await startDriver();
    const { port } = await listenAt(server);
    const tuples: CheckedConnection[] = [];
    for (let count = 0; count < 8; count++) tuples.push(loopback(client, (await connectTo(client, port)).port, port));
    const answers = await Promise.all(tuples.map((tuple) => lookup.find(tuple)));
    expect(answers.map(pidsOf)).toEqual(tuples.map(() => [client.pid]));
    expect(lookup.stats()).toMatchObject({ searches: 1, passes: 1, nativePasses: tables ? 1 : 0 });
  });

  it("until it is stopped", async () => {
    const asked = lookup.find(loopback({ netns: host.finder.find(process.pid)?.netns ?? 0 }, 1, 1));
    const refused = expect(asked).rejects.toThrow("stopped");
    await lookup.stop();
    await refused;
    await expect(lookup.find(loopback({ netns: 1 }, 1, 1))).rejects.toThrow("stopped");
    await lookup.stop();
  });
});

function stopping(lookup: OwnerLookup): OwnerLookup & AsyncDisposable {
  return { ...lookup, [Symbol.asyncDispose]: lookup.stop };
}

function ownersOf(ownership: Ownership) {
  return ownership.kind === "process" ? ownership.owners : [];
}

function pidsOf(ownership: Ownership): number[] {
  return ownersOf(ownership).map(({ pid }) => pid);
}
