import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { MonitorMethod, Ownership } from "@procmon/core";
import { procMethod } from "@procmon/method-proc";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { end, openConnection, runNode, tuple } from "./connections.ts";
import { createHost, type RecordingHost } from "./host.ts";

let host: RecordingHost;
let method: MonitorMethod;

describe.each([
  { worker: true, native: true },
  { worker: false, native: true },
  { worker: true, native: false },
  { worker: false, native: false },
])("findOwner with %o", ({ worker, native }) => {
  beforeEach(async () => {
    host = createHost();
    method = procMethod({ worker, native });
    await method.start(host);
  });

  afterEach(async () => {
    await method.stop();
    host.close();
  });

  it("finds both ends of a connection and its listener", async () => {
    await using connection = await openConnection();
    const fds = new Set<number | undefined>();
    for (const asked of [connection.tuple, connection.reverse, tuple(connection.port, 0)]) {
      const ownership = await method.findOwner(asked);
      expect(ownership).toMatchObject({
        kind: "process",
        confidence: "exact",
        owners: [{ pid: process.pid, path: process.execPath }],
      });
      if (ownership.kind === "process") fds.add(ownership.owners[0].fd);
    }
    expect(fds.size).toBe(3);
  });

  it("answers from the cache the second time, and not when the socket is closed", async () => {
    const connection = await openConnection();
    expect(await method.findOwner(connection.tuple)).toMatchObject({ via: "scan" });
    expect(await method.findOwner(connection.tuple)).toMatchObject({ via: "inode-cache", confidence: "exact" });
    await connection.close();
    expect(await method.findOwner(connection.tuple)).toMatchObject({ kind: "none" });
  });

  it("finds a new socket of a process that was active lately without a pass", async () => {
    await using first = await openConnection();
    await method.findOwner(first.tuple);
    const before = method.stats?.().passes;
    await using second = await openConnection();
    expect(await method.findOwner(second.tuple)).toMatchObject({
      via: "recent-process",
      owners: [{ pid: process.pid }],
    });
    expect(method.stats?.().passes).toBe(before);
  });

  it("makes one pass for many that ask at once, and none for what that pass has seen", async () => {
    const { child, line } = await runNode(MANY_SOCKETS);
    try {
      const ports: number[] = JSON.parse(line);
      const owners = await Promise.all(ports.slice(0, 10).map((port) => method.findOwner(tuple(port, 0))));
      expect(owners.map(ownerPid)).toEqual(new Array(10).fill(child.pid));
      expect(method.stats?.()).toMatchObject({ passes: 1, nativePasses: native ? 1 : 0 });
      expect(await method.findOwner(tuple(ports[15] ?? 0, 0))).toMatchObject({ owners: [{ pid: child.pid }] });
      expect(method.stats?.().passes).toBe(1);
    } finally {
      await end(child);
    }
  });

  it("names every process that holds the socket", async () => {
    const { child, line } = await runNode(MANY_SOCKETS);
    const source = `const c=require("child_process").spawn("sleep",["60"],{stdio:["ignore","ignore","inherit",s._handle]});console.log(s.address().port,c.pid)`;
    const sharer = await runNode(`const s=require("net").createServer().listen(0,"127.0.0.1",()=>{${source}})`);
    const [port, sleeper] = sharer.line.split(" ").map(Number);
    try {
      // Another's answer comes first, so that there are processes that were active lately.
      await method.findOwner(tuple(JSON.parse(line)[0], 0));
      const ownership = await method.findOwner(tuple(port ?? 0, 0));
      expect(allPids(ownership)).toEqual([sharer.child.pid, sleeper].sort((a, b) => (a ?? 0) - (b ?? 0)));
      await end(sharer.child);
      const after = await method.findOwner(tuple(port ?? 0, 0));
      expect(allPids(after)).toEqual([sleeper]);
    } finally {
      await end(child);
      await end(sharer.child);
      if (sleeper) process.kill(sleeper, "SIGKILL");
    }
  });

  it("does not give the old owner once another process runs there", async () => {
    const script = "exec sleep 60 3<&0";
    const connection = await openConnection();
    await method.findOwner(connection.tuple);
    await connection.close();
    const child = spawn("sh", ["-c", script], { stdio: "ignore" });
    await once(child, "spawn");
    expect((await method.findOwner(connection.tuple)).kind).toBe("none");
    await end(child);
  });

  it("derives the owner of an unconnected datagram socket, and says so", async () => {
    const socket = createSocket("udp4").bind(0, "0.0.0.0");
    await once(socket, "listening");
    const asked = tuple(socket.address().port, 9, "udp");
    expect(await method.findOwner(asked)).toMatchObject({ confidence: "derived", owners: [{ pid: process.pid }] });
    socket.connect(9, "127.0.0.1");
    await once(socket, "connect");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await method.findOwner(asked)).toMatchObject({ confidence: "exact", owners: [{ pid: process.pid }] });
    socket.close();
  });

  it("finds nothing where nothing is", async () => {
    const nothing = { kind: "none", reason: "not-found" };
    expect(await method.findOwner(tuple(1, 1))).toEqual(nothing);
    expect(await method.findOwner({ ...tuple(1, 1), netns: 1 })).toEqual(nothing);
    expect(await method.findOwner({ ...tuple(1, 1), protocol: "packet" })).toEqual(nothing);
    expect(await method.findOwner({ ...tuple(1, 1), protocol: "sctp" })).toMatchObject({ kind: "hidden" });
  });

  it("finds a socket in another network namespace, and not the same tuple in this one", async ({ skip }) => {
    const alone = ways.find((way) => spawnSync("unshare", [...way, "true"]).status === 0);
    if (alone === undefined) return skip("needs a network namespace of its own, or a user namespace to make one in");
    const source = 'require("net").createServer().listen(7777,"127.0.0.1",()=>console.log("up"))';
    const child = spawn("unshare", [...alone, process.execPath, "-e", source], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.stdout) await once(child.stdout, "data");
    try {
      const netns = host.finder.find(child.pid ?? 0)?.netns ?? 0;
      expect(await method.findOwner({ ...tuple(7777, 0), netns })).toMatchObject({ owners: [{ pid: child.pid }] });
      expect((await method.findOwner(tuple(7777, 0))).kind).toBe("none");
    } finally {
      await end(child);
    }
  });

  it("lists all sockets", async () => {
    await using connection = await openConnection();
    const ports: number[] = [];
    for await (const socket of method.snapshot?.({ families: ["inet"] }) ?? []) {
      if (socket.family === "inet") ports.push(socket.connection.srcPort);
    }
    expect(ports).toContain(connection.port);
    expect(ports).toContain(connection.tuple.srcPort);
    expect(method.visibility?.().pidsTotal).toBeGreaterThan(0);
  });
});

describe("the scanning thread", () => {
  it("leaves the event loop free", async () => {
    host = createHost();
    method = procMethod();
    await method.start(host);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    delay.enable();
    for (let port = 1; port < 20; port++) await method.findOwner(tuple(port, 1));
    delay.disable();
    await method.stop();
    host.close();
    // A loaded machine may stop us for a moment; that is not us.
    expect(delay.percentile(90) / 1e6).toBeLessThan(5);
  });
});

/** Arguments of unshare(1) for a network of its own: in a user namespace, too, that those who are not root may make. */
const ways = [[], ["--map-root-user"]].map((way) => [
  ...way,
  "--net",
  "sh",
  "-c",
  'ip link set lo up && exec "$@"',
  "sh",
]);

/** Twenty listeners. */
const MANY_SOCKETS = `const net=require("net");Promise.all(Array.from({length:20},()=>new Promise(r=>{const s=net.createServer().listen(0,"127.0.0.1",()=>r(s.address().port))}))).then(p=>console.log(JSON.stringify(p)))`;

function allPids(ownership: Ownership): number[] {
  return ownership.kind === "process" ? ownership.owners.map((owner) => owner.pid) : [];
}

function ownerPid(ownership: Ownership): number | undefined {
  return allPids(ownership)[0];
}
