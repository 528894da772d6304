import { readdirSync, readlinkSync } from "node:fs";
import {
  DEFAULT_PROCFS,
  listPids,
  PF_KTHREAD,
  readStartTime,
  readStat,
  type SocketHolders,
  scanSocketHolders,
} from "@procmon/core";
import type { ScannedProcess } from "@procmon/native";
import { type Fixture, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { findNative, type NativeAccess } from "../native-access.ts";
import { scanNatively } from "./native-pass.ts";

const { native } = await findNative();
const missing = requirement("cc");

function pass(pids?: readonly number[]): SocketHolders {
  if (!native) throw new Error("there is no native half");
  return scanNatively(DEFAULT_PROCFS, native, pids);
}

/** Both passes over the processes of a fixture, with what they told. */
function both(...pids: number[]): SocketHolders[] {
  return [pass(pids), scanSocketHolders(DEFAULT_PROCFS, pids)];
}

function inodesOf(pid: number): number[] {
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => readLink(`/proc/${pid}/fd/${fd}`));
  return targets.map((target) => Number(/^socket:\[(\d+)\]$/.exec(target)?.[1])).filter(Number.isFinite);
}

/** Empty for the descriptor by which the folder itself was read. */
function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

describe.skipIf(missing)("a native pass", () => {
  it("finds what core's finds, of processes with many sockets", async () => {
    await using load = await spawnFixture<{ pid: number; connections: { pid: number }[] }>("load", ["4", "400"]);
    const pids = [load.pid, ...load.ready.connections.map((connection) => connection.pid)];
    const [ours, theirs] = both(...pids);
    expect(theirs?.byInode.size).toBeGreaterThan(390);
    expect(new Map(ours?.byInode)).toEqual(theirs?.byInode);
    const [inode = 0] = inodesOf(pids[1] ?? 0);
    expect(pass(pids).byInode.get(inode)).toEqual(theirs?.byInode.get(inode));
  });

  it("finds every holder of a shared socket", async () => {
    await using shared = await spawnFixture<{ pid: number; inode: number; children: number[] }>("share-socket", [
      "fork",
      "3",
    ]);
    const { inode, children } = shared.ready;
    const holders = pass().byInode.get(inode);
    expect(holders?.map((holder) => holder.pid)).toEqual([shared.pid, ...children].sort((a, b) => a - b));
    expect(holders).toEqual(scanSocketHolders(DEFAULT_PROCFS).byInode.get(inode));
  });

  it("finds the descriptors of threads whose main thread has ended", async () => {
    await using odd: Fixture<{ pid: number; tid: number; inode: number; fd: number }> = await spawnFixture(
      "odd-threads",
      ["zombie-leader"],
    );
    const { pid, tid, inode, fd } = odd.ready;
    const [ours, theirs] = both(process.pid, pid);
    expect(ours?.byInode.get(inode)).toMatchObject([{ pid, tid, fd }]);
    expect(ours?.byInode.get(inode)).toEqual(theirs?.byInode.get(inode));
  });

  it("tells of processes that may not be looked at, and not of threads of the kernel and of ended ones", () => {
    const [ours, theirs] = both(...listPids(DEFAULT_PROCFS), 2 ** 22 + 1);
    // Others come and go.
    expect(ours?.denied.filter((pid) => !theirs?.denied.includes(pid))).toEqual([]);
    const kernel = listPids(DEFAULT_PROCFS).filter((pid) => {
      const stat = readStat(DEFAULT_PROCFS, pid);
      return stat.ok && stat.value.flags & PF_KTHREAD;
    });
    expect(ours?.denied.filter((pid) => kernel.includes(pid))).toEqual([]);
  });
});

describe("what a pass tells of a process", () => {
  const stat = (pid: number, state: string, flags = 0, threads = 1) =>
    Buffer.from(`${pid} (a) b) ${state} 1 1 1 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 ${threads} 0 77 0 0 0 0 0 0 0 0\n`);
  const nobody = 2 ** 22 + 7;

  function told(scanned: Partial<ScannedProcess>, boottime = 2n ** 60n): SocketHolders {
    const whole = { pid: nobody, error: 0, stat: Buffer.alloc(0), others: 0, sockets: new Float64Array(0), ...scanned };
    const fake: Pick<NativeAccess, "scanSockets" | "readClocks"> = {
      scanSockets: (_root, _pids, visit) => visit(whole),
      readClocks: () => ({ monotonic: 0n, boottime, realtime: 0n }),
    };
    return scanNatively(DEFAULT_PROCFS, fake, [whole.pid]);
  }

  it("is its sockets, where it lived before the pass began", () => {
    const { byInode } = told({ pid: process.pid, sockets: Float64Array.of(12, 3) });
    const startTime = readStartTime(DEFAULT_PROCFS, process.pid);
    expect([...byInode]).toEqual([[12, [{ pid: process.pid, startTime, fd: 3 }]]]);
  });

  it("is what it holds now, where another may have had its pid", () => {
    const { byInode } = told({ pid: process.pid, sockets: Float64Array.of(12, 3) }, 0n);
    expect(byInode.get(12)).toBeUndefined();
    expect([...byInode.keys()].sort()).toEqual(inodesOf(process.pid).sort());
  });

  it("is nothing where it has ended since", () => {
    expect([...told({ sockets: Float64Array.of(12, 3) }).byInode]).toEqual([]);
  });

  it.each([
    ["denied for want of a capability", { error: 13, stat: stat(nobody, "S") }, [nobody]],
    ["denied by a security module", { error: 1, stat: stat(nobody, "S") }, [nobody]],
    ["gone", { error: 2 }, []],
    ["gone, and its stat was read before", { error: 3, stat: stat(nobody, "S") }, []],
    ["a thread of the kernel", { error: 13, stat: stat(nobody, "I", 0x00200000) }, []],
    ["dead, and not yet reaped", { error: 13, stat: stat(nobody, "Z") }, []],
    ["not told by its stat", { error: 13, stat: Buffer.from("garbage") }, []],
  ])("is nothing where it is %s", (_, scanned, denied) => {
    const { byInode, ...pass } = told(scanned);
    expect([...byInode]).toEqual([]);
    expect(pass).toEqual({ pids: [nobody], denied });
  });
});
