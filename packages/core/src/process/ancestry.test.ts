import { describe, expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readStat } from "../procfs/read-stat.ts";
import { buildTree, isAlive, isChild } from "./ancestry.ts";
import { getParent } from "./get-parent.ts";
import type { Process } from "./process.ts";
import { createProcessStore } from "./process-store.ts";
import { readProcess } from "./read-process.ts";
import { firstLine, hasKernelThreads, start, startShell, stop, until, untilRuns } from "./start-process.test-kit.ts";

function read(pid: number): Process {
  const process = readProcess(DEFAULT_PROCFS, pid);
  if (!process.ok) throw new Error(process.failure);
  return process.value;
}

/** A shell, whose child is a shell, whose child is a sleep: the pids of the last two. */
async function startThree(): Promise<{ top: number; middle: number; bottom: number }> {
  const { child, line } = await startShell("/bin/sh -c 'sleep 1000 & echo $$ $!; wait' & wait; read x");
  const [middle = 0, bottom = 0] = line.split(" ").map(Number);
  await until(() => read(bottom).comm === "sleep");
  return { top: child.pid, middle, bottom };
}

describe("buildTree", () => {
  it("goes from the process to the root", async () => {
    const { top, middle, bottom } = await startThree();
    const tree = buildTree(DEFAULT_PROCFS, read(bottom));
    expect(tree.slice(0, 4)).toMatchObject([
      { pid: bottom, comm: "sleep", path: read(bottom).path, startTime: read(bottom).startTime },
      { pid: middle, comm: "sh", path: read(middle).path },
      { pid: top, comm: "sh" },
      { pid: process.pid, path: process.execPath },
    ]);
    const root = readStat(DEFAULT_PROCFS, tree.at(-1)?.pid ?? 0);
    expect(root.ok && root.value.ppid).toBe(0);
  });

  it("finds parents that have ended in the store", async () => {
    const { top, middle, bottom } = await startThree();
    const store = createProcessStore({ capacity: 100, graceMs: 1000 });
    const child = read(bottom);
    const parent = read(middle);
    store.add({ ...parent, tree: buildTree(DEFAULT_PROCFS, parent) });
    process.kill(middle, "SIGKILL");
    await until(() => !isAlive(DEFAULT_PROCFS, parent));
    await until(() => read(bottom).ppid !== middle && !readStat(DEFAULT_PROCFS, middle).ok);
    // As it was read before its parent ended.
    expect(buildTree(DEFAULT_PROCFS, child, store).map(({ pid }) => pid)).toEqual([
      bottom,
      ...buildTree(DEFAULT_PROCFS, read(top))
        .map(({ pid }) => pid)
        .toSpliced(0, 0, middle),
    ]);
    expect(buildTree(DEFAULT_PROCFS, child)).toHaveLength(1);
  });

  it("takes no younger process for a parent, as a reused pid would be", async () => {
    const { bottom } = await startThree();
    const child = read(bottom);
    expect(buildTree(DEFAULT_PROCFS, { ...child, startTime: child.startTime - 100_000n })).toHaveLength(1);
  });

  it("ends where the data goes in a circle", () => {
    const { pid } = start("/bin/sleep", ["1000"]);
    expect(buildTree(DEFAULT_PROCFS, { ...read(pid), ppid: pid })).toHaveLength(1);
  });

  it.runIf(hasKernelThreads)(
    "knows kthreadd as the root of threads of the kernel (needs the first pid namespace)",
    () => {
      const children = readProcess(DEFAULT_PROCFS, 3);
      if (!children.ok) throw new Error(children.failure);
      expect(buildTree(DEFAULT_PROCFS, children.value)).toEqual([
        { pid: 3, startTime: children.value.startTime, comm: children.value.comm },
        { pid: 2, startTime: expect.any(BigInt), comm: "kthreadd" },
      ]);
    },
  );
});

describe("getParent, isChild and isAlive", () => {
  it("tell what is, by identity", async () => {
    const { top, middle, bottom } = await startThree();
    const child = read(bottom);
    const parent = read(middle);
    expect(getParent(DEFAULT_PROCFS, child)).toMatchObject({ ok: true, value: { pid: middle, comm: "sh" } });
    expect(isChild(DEFAULT_PROCFS, child, parent)).toBe(true);
    expect(isChild(DEFAULT_PROCFS, child, read(top))).toBe(false);
    expect(isChild(DEFAULT_PROCFS, parent, child)).toBe(false);
    expect(isChild(DEFAULT_PROCFS, child, { ...parent, startTime: parent.startTime - 1n })).toBe(false);
    expect(getParent(DEFAULT_PROCFS, { ...child, startTime: 1n })).toEqual({ ok: false, failure: "gone" });
    expect(isAlive(DEFAULT_PROCFS, child)).toBe(true);
    expect(isAlive(DEFAULT_PROCFS, { ...child, startTime: child.startTime + 1n })).toBe(false);
  });

  it("do not call a zombie alive", async () => {
    const child = start("/bin/sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"]);
    const inner = read(Number(await firstLine(child)));
    expect(isAlive(DEFAULT_PROCFS, inner)).toBe(true);
    // The shell would reap it.
    await untilRuns(child.pid, "sleep");
    process.kill(inner.pid, "SIGKILL");
    await until(() => read(inner.pid).state === "Z");
    expect(isAlive(DEFAULT_PROCFS, inner)).toBe(false);
    await stop(child);
  });
});
