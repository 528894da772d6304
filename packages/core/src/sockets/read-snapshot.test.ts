import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRoot } from "../process/start-process.test-kit.ts";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readNamespace } from "../procfs/read-namespace.ts";
import { findHolders } from "./find-holders.ts";
import { listNetworkNamespaces, readInNamespace } from "./network-namespaces.ts";
import { readSnapshot } from "./read-snapshot.ts";
import { readInetTable } from "./read-socket-tables.ts";
import { searchHolders } from "./search-holders.ts";
import type { InetSocketEntry, SocketEntry } from "./socket-entry.ts";
import { socketOwnership } from "./socket-ownership.ts";
import { MAKE_TUNNEL, unshareForTunnel } from "./tunnel.test-kit.ts";

const unshare = unshareForTunnel("--net");

function inet(sockets: readonly SocketEntry[], srcPort: number): InetSocketEntry[] {
  return sockets.filter((socket) => socket.family === "inet").filter((socket) => socket.connection.srcPort === srcPort);
}

describe("readSnapshot", () => {
  it("lists connections, listeners and datagram sockets with their owner", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = connect(port, "127.0.0.1");
    await once(client, "connect");
    const udp = createSocket("udp6").bind(0, "::1");
    await once(udp, "listening");
    try {
      const { sockets, visibility } = readSnapshot(DEFAULT_PROCFS, { families: ["inet"] });
      const listener = inet(sockets, port).find((socket) => socket.state === "listen");
      const own = readNamespace(DEFAULT_PROCFS, "self", "net");
      expect(listener?.connection).toEqual({
        protocol: "tcp",
        srcIp: "127.0.0.1",
        srcPort: port,
        dstIp: "0.0.0.0",
        dstPort: 0,
        netns: own.ok ? own.value : 0,
      });
      expect(listener?.ownership).toMatchObject({ kind: "process", confidence: "exact", via: "scan" });
      expect(listener?.ownership).toMatchObject({ owners: [{ pid: process.pid, path: process.execPath }] });
      const established = inet(sockets, client.localPort ?? 0).filter(({ connection }) => connection.dstPort === port);
      expect(established[0]).toMatchObject({
        state: "established",
        ownership: { owners: [{ pid: process.pid }] },
      });
      // A port may be in use by other protocols, too.
      const datagrams = inet(sockets, udp.address().port).filter(({ connection }) => connection.protocol === "udp6");
      expect(datagrams[0]).toMatchObject({
        state: "unconnected",
        connection: { srcIp: "::1" },
        ownership: { owners: [{ pid: process.pid }] },
      });
      expect(visibility.pidsTotal).toBeGreaterThanOrEqual(visibility.pidsReadable);
      expect(sockets.every((socket) => socket.family === "inet")).toBe(true);
    } finally {
      client.destroy();
      server.close();
      udp.close();
    }
  });

  it("gives the listener for a connection that nobody has accepted", async () => {
    // A stopped process accepts nothing.
    const source = 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>console.log(s.address().port))';
    const child = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "inherit"] });
    const port = Number(String(child.stdout && (await once(child.stdout, "data"))[0]));
    child.kill("SIGSTOP");
    const client = connect(port, "127.0.0.1");
    await once(client, "connect");
    try {
      const { sockets } = readSnapshot(DEFAULT_PROCFS, { families: ["inet"] });
      const waiting = inet(sockets, port).find((socket) => socket.connection.dstPort === client.localPort);
      expect(waiting).toMatchObject({
        inode: 0,
        ownership: { kind: "process", confidence: "derived", via: "listener", owners: [{ pid: child.pid }] },
      });
    } finally {
      client.destroy();
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });

  it("lists unix sockets by path", async () => {
    const directory = mkdtempSync(join(tmpdir(), "procmon-"));
    const server = createServer().listen(join(directory, "a b.sock"));
    await once(server, "listening");
    try {
      const { sockets } = readSnapshot(DEFAULT_PROCFS, { families: ["unix"] });
      const listener = sockets.find(
        (socket) => socket.family === "unix" && socket.path === join(directory, "a b.sock"),
      );
      expect(listener).toMatchObject({
        type: "stream",
        state: "listen",
        ownership: { owners: [{ pid: process.pid }] },
      });
    } finally {
      server.close();
      rmSync(directory, { recursive: true });
    }
  });

  it("stops where the signal is aborted", () => {
    expect(() => readSnapshot(DEFAULT_PROCFS, { signal: AbortSignal.abort() })).toThrow();
  });
});

describe.runIf(unshare)("another network namespace (needs one of its own, with a vxlan tunnel)", () => {
  /** A process in it, with a socket that the kernel itself opened for a tunnel. */
  let stranger: ChildProcess;
  let netns: number;

  beforeAll(async () => {
    const script = [...(unshare ?? []), "sh", "-c", `${MAKE_TUNNEL} && echo ready && exec sleep 300`];
    stranger = spawn("unshare", script, { stdio: ["ignore", "pipe", "inherit"] });
    if (stranger.stdout) await once(stranger.stdout, "data");
    const found = readNamespace(DEFAULT_PROCFS, stranger.pid ?? 0, "net");
    netns = found.ok ? found.value : 0;
  });

  afterAll(async () => {
    stranger.kill("SIGKILL");
    await once(stranger, "exit");
  });

  it("has its sockets in a snapshot", () => {
    const { sockets } = readSnapshot(DEFAULT_PROCFS);
    expect(inet(sockets, 4789)).toMatchObject([{ netns, connection: { protocol: "udp", netns } }]);
  });

  it("is listed once, with processes that are in it", () => {
    const { readable, denied } = listNetworkNamespaces(DEFAULT_PROCFS);
    expect(readable.filter((namespace) => namespace.netns === netns)).toEqual([{ netns, pids: [stranger.pid] }]);
    expect(new Set(readable.map((namespace) => namespace.netns)).size).toBe(readable.length);
    if (isRoot) expect(denied).toBe(0);
  });

  it("is read through another process where one has ended, and none that is elsewhere", () => {
    const read = (pid: number) => readInetTable(DEFAULT_PROCFS, pid, "udp");
    const gone = 2 ** 22 + 1;
    expect(readInNamespace(DEFAULT_PROCFS, { netns, pids: [gone, stranger.pid ?? 0] }, read)).toMatchObject({
      ok: true,
      value: [{ srcPort: 4789 }],
    });
    expect(readInNamespace(DEFAULT_PROCFS, { netns, pids: [process.pid] }, read)).toEqual({
      ok: false,
      failure: "gone",
    });
  });

  it("has a socket that nobody holds, and that is called the kernel's only where everybody could be looked at", () => {
    const table = readInetTable(DEFAULT_PROCFS, stranger.pid ?? 0, "udp");
    const row = table.ok ? table.value[0] : undefined;
    if (!row) throw new Error("the tunnel has no socket");
    const wanted = new Set([row.inode]);
    expect(searchHolders(DEFAULT_PROCFS, wanted).byInode.size).toBe(0);
    const found = findHolders(DEFAULT_PROCFS, wanted, (inodes) => inodes);
    const ownership = socketOwnership(
      row,
      {
        holdersOf: (inode) => found.byInode.get(inode) ?? [],
        describe: (holder) => holder,
        isSurelyUnheld: (inode) => found.surelyUnheld.has(inode),
        visibility: found.visibility,
      },
      { confidence: "exact", via: "scan" },
    );
    // What this machine lets us see decides, and each answer is right where it is given.
    if (!found.visibility.complete) expect(ownership).toMatchObject({ kind: "hidden", uid: process.getuid?.() });
    else if (found.surelyUnheld.size > 0) expect(ownership).toMatchObject({ kind: "kernel" });
    else expect(ownership).toEqual({ kind: "none", reason: "unheld" });
  });
});
