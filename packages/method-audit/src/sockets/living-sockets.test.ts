import { DEFAULT_PROCFS, type EmittedEvent, type Process } from "@procmon/core";
import { requirement } from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRecordingHost, type RecordingHost } from "../lookup/recording-host.test-kit.ts";
import { connectTo, type Driver, listenAt, startDriver } from "../lookup/socket-driver.test-kit.ts";
import { createSocketHints } from "../lookup/socket-hints.ts";
import { findNative } from "../native-access.ts";
import { type ConnectionEvents, createConnectionEvents } from "./connection-events.ts";
import { createLivingSockets } from "./living-sockets.ts";
import { accepted, called, socketMade } from "./socket-events.test-kit.ts";

const { native } = await findNative();
const missing = requirement("cc", "root", "namespaces");

const processOf = ({ pid, startTime, netns }: Driver): Process => {
  return { pid, startTime, netns, ppid: 1, comm: "drive-sockets" };
};

function lineOf(event: EmittedEvent): string {
  if (!("connection" in event)) return event.type;
  const { protocol, srcIp, srcPort, dstIp, dstPort, netns } = event.connection;
  return `${event.type} ${protocol} ${srcIp}:${srcPort} ${dstIp}:${dstPort} in ${netns}`;
}

describe.skipIf(missing).each([{ tables: true }, { tables: false }])("without captures, with %o", ({ tables }) => {
  let host: RecordingHost;
  let events: ConnectionEvents;

  beforeEach(() => {
    if (!native) throw new Error("there is no native half");
    host = createRecordingHost();
    events = createConnectionEvents({ host, hints: createSocketHints(), native: tables ? native : undefined });
  });

  afterEach(() => {
    events.stop();
    host[Symbol.dispose]();
  });

  it("the living process tells of the own end, in its network namespace", async () => {
    await using server = await startDriver("net");
    await using client = await startDriver(`join-net=${server.pid}`);
    const listener = await listenAt(server);
    const { fd, port } = await connectTo(client, listener.port);
    const { value: taken } = await server.do(`accept ${listener.fd}`);
    const { value: flow } = await client.do("socket 4 dgram 0");
    const bound = await client.do(`bind ${flow} 127.0.0.1 0`);
    events.apply(called("listen", listener.fd), processOf(server));
    events.apply(accepted(listener.fd, taken), processOf(server));
    events.apply(socketMade(fd, 2, 1), processOf(client));
    events.apply(called("connect", fd, `127.0.0.1 ${listener.port}`, 115), processOf(client));
    events.apply(called("send", flow, "127.0.0.1 9"), processOf(client));
    expect(host.events).toEqual([]);
    await expect.poll(() => host.events.length).toBe(4);
    expect(host.events.map(lineOf)).toEqual([
      `listen tcp 127.0.0.1:${listener.port} 0.0.0.0:0 in ${server.netns}`,
      `accept tcp 127.0.0.1:${listener.port} 127.0.0.1:${port} in ${server.netns}`,
      `connect tcp 127.0.0.1:${port} 127.0.0.1:${listener.port} in ${server.netns}`,
      `flow udp 127.0.0.1:${bound.port} 127.0.0.1:9 in ${server.netns}`,
    ]);
    // One reading of each table for all: tcp, and of those that were tried tcp6 was not needed.
    expect(events.stats()).toMatchObject({ tablesRead: 2, tablesSpared: 0 });
  });

  it("a process that has changed its network namespace since is found in the one where it is", async () => {
    await using driver = await startDriver("net");
    const moved = { ...processOf(driver), netns: 99 };
    const { fd, port } = await listenAt(driver);
    events.apply(called("listen", fd), moved);
    events.apply(called("connect", 77, "127.0.0.1 1", 111), moved);
    events.flush();
    expect(host.events.map(lineOf)).toEqual([
      `listen tcp 127.0.0.1:${port} 0.0.0.0:0 in ${driver.netns}`,
      `connect tcp 0.0.0.0:0 127.0.0.1:1 in ${driver.netns}`,
    ]);
  });

  it("what the descriptor is by then is not taken for another", async () => {
    await using server = await startDriver();
    await using client = await startDriver();
    const { port, fd: listening } = await listenAt(server);
    const { fd } = await connectTo(client, port);
    events.apply(called("connect", fd, "127.0.0.2 80"), processOf(client));
    events.apply(called("listen", fd), processOf(client));
    events.apply(called("connect", listening, `127.0.0.1 ${port}`), processOf(server));
    events.apply(called("connect", fd, `127.0.0.1 ${port}`), { ...processOf(client), startTime: 1n });
    events.apply(called("connect", 77, `127.0.0.1 ${port}`), processOf(client));
    events.flush();
    const connects = host.events.map(lineOf).map((line) => line.split(" in ")[0]);
    expect(connects).toEqual([
      "connect tcp 0.0.0.0:0 127.0.0.2:80",
      `connect tcp 0.0.0.0:0 127.0.0.1:${port}`,
      `connect tcp 0.0.0.0:0 127.0.0.1:${port}`,
      `connect tcp 0.0.0.0:0 127.0.0.1:${port}`,
    ]);
    expect(events.stats().unknownEnds).toBe(4);
  });

  it("what waits is told before its process runs something else", async () => {
    await using driver = await startDriver();
    const { fd } = await listenAt(driver);
    events.apply(called("listen", fd), processOf(driver));
    events.replaced({ pid: 5_000_001, startTime: 1n });
    expect(host.events).toEqual([]);
    events.replaced(driver);
    expect(host.events).toHaveLength(1);
  });

  it("what waits is told before the end of its process, and before what comes later", async () => {
    await using server = await startDriver();
    await using client = await startDriver();
    const { port } = await listenAt(server);
    const { fd } = await connectTo(client, port);
    events.apply(called("connect", fd, `127.0.0.1 ${port}`), processOf(client));
    events.forked(processOf(client), { pid: 5_000_001, startTime: 1n });
    events.apply(called("connect", 77, "127.0.0.1 1"), processOf(server));
    expect(host.events).toEqual([]);
    events.ended(processOf(client));
    expect(host.events.map((event) => ("process" in event ? event.process?.pid : 0))).toEqual([client.pid, server.pid]);
  });
});

describe.skipIf(missing)("the tables", () => {
  it("are read a tenth of the time at most", async () => {
    await using driver = await startDriver();
    const { fd } = await listenAt(driver);
    const living = createLivingSockets(DEFAULT_PROCFS);
    const { pid, startTime, netns } = driver;
    const inode = living.inodeAt(driver, fd) ?? 0;
    expect(inode).toBe(driver.inodeOf(fd));
    expect(living.inodeAt({ pid, startTime: startTime + 1n }, fd)).toBeUndefined();
    expect(living.inodeAt(driver, 99)).toBeUndefined();
    const asked = { inode, pid, netns, tables: ["tcp6", "tcp"] as const };
    expect(living.find([]).size).toBe(0);
    expect(living.find([asked, asked]).get(inode)).toMatchObject({ family: 2, type: 1, isListening: true, netns });
    expect(living.counters.tablesRead).toBe(2);
    if (living.restMs() > 0) expect(living.find([asked]).size).toBe(0);
    await expect.poll(() => living.find([{ ...asked, netns: undefined }]).size, { timeout: 10_000 }).toBe(1);
  });
});
