import { readdirSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { type ScannedProcess, scanSockets } from "@procmon/native";
import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { expect, it } from "vitest";

const EACCES = 13;
const ENOENT = 2;

function scan(...pids: number[]): ScannedProcess[] {
  const found: ScannedProcess[] = [];
  scanSockets("/proc", pids, (process) => found.push(process));
  return found;
}

/** The same, link by link. */
function readLinks(pid: number): { sockets: number[]; others: number } {
  const sockets: number[] = [];
  let others = 0;
  const fds = readdirSync(`/proc/${pid}/fd`).map(Number);
  for (const fd of fds.sort((a, b) => a - b)) {
    const target = readLink(`/proc/${pid}/fd/${fd}`);
    const inode = /^socket:\[(\d+)\]$/.exec(target ?? "")?.[1];
    if (inode !== undefined) sockets.push(Number(inode), fd);
    else if (target !== undefined) others++;
  }
  return { sockets, others };
}

/** Undefined for the descriptor by which the folder itself was read. */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

it("finds what following each link finds, in the order of the pids", async () => {
  await using load = await spawnFixture<{ pid: number; connections: { pid: number }[] }>("load", ["50", "1000"]);
  const pids = [...new Set([load.pid, ...load.ready.connections.map(({ pid }) => pid)])].sort((a, b) => a - b);
  const found = scan(...pids);
  expect(found.map(({ pid }) => pid)).toEqual(pids);
  for (const { pid, error, sockets, others, stat } of found) {
    expect({ error, sockets: [...sockets], others }).toEqual({ error: 0, ...readLinks(pid) });
    expect(stat.length).toBe(0);
  }
  expect(found.reduce((sum, { sockets }) => sum + sockets.length / 2, 0)).toBeGreaterThanOrEqual(1000);
});

it("finds a socket of this process", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  const [own] = scan(process.pid);
  const { sockets } = readLinks(process.pid);
  server.close();
  expect(sockets.length).toBeGreaterThan(0);
  expect([...(own?.sockets ?? [])]).toEqual(sockets);
});

it("tells why a process could not be looked at", async ({ skip }) => {
  const missing = requirement("root");
  skip(missing !== undefined, missing);
  await using other = await spawnFixture("odd-process", ["wait"], { enter: ["pid", "mount", "proc"] });
  expect(scan(0x7fffffff)).toMatchObject([{ error: ENOENT, sockets: { length: 0 } }]);
  expect(scan(other.pid)).toMatchObject([{ error: 0, stat: { length: 0 } }]);
  process.seteuid?.(65534);
  try {
    const [denied] = scan(other.pid);
    expect(denied).toMatchObject({ error: EACCES, sockets: { length: 0 } });
    expect(denied?.stat.toString("latin1").split(") ")[0]).toBe(`${other.pid} (odd-process`);
  } finally {
    process.seteuid?.(0);
  }
});

it("refuses what is no procfs, and what is no list of pids", () => {
  expect(() => scanSockets("/no/such/folder", [1], () => {})).toThrow(expect.objectContaining({ code: "ENOENT" }));
  expect(() => scanSockets("/".repeat(5000), [1], () => {})).toThrow(expect.objectContaining({ code: "EINVAL" }));
  expect(scan()).toEqual([]);
});
