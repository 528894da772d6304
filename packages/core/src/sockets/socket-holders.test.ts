import { spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readStartTime } from "../procfs/read-stat.ts";
import { isSocketAt, readHeldSockets, socketInode } from "./held-sockets.ts";
import { addHolder, scanSocketHolders } from "./socket-holders.ts";

let server: Server & { _handle?: { fd: number } };
let inode: number;
let fd: number;

beforeEach(async () => {
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  fd = server._handle?.fd ?? -1;
  inode = socketInode(readlinkSync(`/proc/self/fd/${fd}`)) ?? -1;
});

afterEach(() => {
  server.close();
});

describe("scanSocketHolders", () => {
  it("finds this process by its descriptor, with its identity", () => {
    const { byInode, pids, denied } = scanSocketHolders(DEFAULT_PROCFS);
    const startTime = readStartTime(DEFAULT_PROCFS, process.pid);
    expect(byInode.get(inode)).toEqual([{ pid: process.pid, startTime, fd }]);
    expect(pids).toContain(process.pid);
    expect(denied).not.toContain(process.pid);
  });

  it("finds every holder of a shared socket, also a process that has just been started", async () => {
    const child = spawn("sleep", ["60"], { stdio: ["ignore", fd, fd] });
    await once(child, "spawn");
    try {
      const holders = scanSocketHolders(DEFAULT_PROCFS).byInode.get(inode);
      expect(holders?.map((holder) => [holder.pid, holder.fd])).toEqual(
        [
          [process.pid, fd],
          [child.pid, 1],
        ].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
      );
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    expect(scanSocketHolders(DEFAULT_PROCFS).byInode.get(inode)).toHaveLength(1);
  });

  it("says nothing about processes that are gone", () => {
    const { byInode, denied } = scanSocketHolders(DEFAULT_PROCFS, [2 ** 22 + 1]);
    expect(byInode.size + denied.length).toBe(0);
  });
});

describe("readHeldSockets", () => {
  it("gives the sockets of one process", () => {
    const held = readHeldSockets(DEFAULT_PROCFS, process.pid);
    expect(held.ok && held.value.sockets.get(inode)).toBe(fd);
    expect(readHeldSockets(DEFAULT_PROCFS, 2 ** 22 + 1)).toEqual({ ok: false, failure: "gone" });
  });
});

describe("isSocketAt", () => {
  it("is true for the very socket at the very descriptor", () => {
    expect(isSocketAt(DEFAULT_PROCFS, process.pid, fd, inode)).toBe(true);
    expect(isSocketAt(DEFAULT_PROCFS, process.pid, fd, inode + 1)).toBe(false);
    expect(isSocketAt(DEFAULT_PROCFS, process.pid, 4000, inode)).toBe(false);
  });
});

describe("socketInode", () => {
  it("takes nothing else for a socket", () => {
    expect(socketInode("socket:[12]")).toBe(12);
    expect(["/socket:[12]", "pipe:[12]", "socket:[x]", "socket:[", "socket:"].map(socketInode)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("addHolder", () => {
  it("keeps the lowest descriptor of each process, lowest pid first", () => {
    const byInode = new Map();
    for (const [pid, descriptor] of [
      [9, 5],
      [3, 7],
      [9, 4],
      [9, 6],
    ] as const) {
      addHolder(byInode, 1, { pid, startTime: 1n, fd: descriptor });
    }
    expect(byInode.get(1)).toEqual([
      { pid: 3, startTime: 1n, fd: 7 },
      { pid: 9, startTime: 1n, fd: 4 },
    ]);
  });
});
