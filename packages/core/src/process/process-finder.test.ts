import { readdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readExeLink } from "../procfs/read-process-links.ts";
import { createProcessFinder, type ProcessFinder } from "./process-finder.ts";
import { createProcessStore, type ProcessStore } from "./process-store.ts";
import { isRoot, start, startShell, stop, until, untilRuns } from "./start-process.test-kit.ts";

let store: ProcessStore;
let finder: ProcessFinder;

beforeEach(() => {
  store = createProcessStore({ capacity: 1000, graceMs: 10_000 });
  finder = createProcessFinder({ procfs: DEFAULT_PROCFS, store });
});

afterEach(() => finder.close());

function find(pid: number): NonNullable<ReturnType<ProcessFinder["find"]>> {
  const found = finder.find(pid);
  if (found === undefined) throw new Error(`${pid} was not found`);
  return found;
}

describe("find", () => {
  it("gives the same object while nothing has changed", () => {
    const { pid } = start("/bin/sleep", ["1000"]);
    const found = find(pid);
    expect(found).toMatchObject({
      comm: "sleep",
      tree: [{ pid }, { pid: process.pid }, ...(found.tree ?? []).slice(2)],
    });
    expect(find(pid)).toBe(found);
    expect(store.get(found)).toBe(found);
  });

  it("gives nothing for what is no pid", () => {
    for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 30]) expect(finder.find(pid)).toBeUndefined();
    expect(store.size).toBe(0);
  });

  it("sees an exec at once, keeps the history and the parents", async () => {
    const { child } = await startShell("echo x; read x; exec sleep 1000");
    const shell = find(child.pid);
    child.stdin?.write("\n");
    await untilRuns(child.pid, "sleep");
    const sleep = find(child.pid);
    expect(sleep).toMatchObject({ comm: "sleep", args: ["sleep", "1000"], startTime: shell.startTime });
    expect(sleep.path).not.toBe(shell.path);
    expect(store.history(sleep)).toEqual([shell]);
    expect(sleep.tree?.[0]).toMatchObject({ comm: "sleep", path: sleep.path });
    expect(sleep.tree?.slice(1)).toEqual(shell.tree?.slice(1));
  });

  it("sees an exec of the same program, with other arguments", async () => {
    const { child } = await startShell("echo x; read x; exec /bin/sh -c 'read y; echo z'");
    const before = find(child.pid);
    child.stdin?.write("\n");
    await until(() => find(child.pid).args?.[2] === "read y; echo z");
    expect(store.history(before)).toEqual([before]);
  });

  it("sees an exec of a process that cannot be pinned", async () => {
    const { child, line } = await startShell("exec 3<&0; (read x <&3; exec sleep 1000) & echo $!; wait");
    const pid = Number(line);
    const shell = find(pid);
    expect(shell.comm).toBe("sh");
    expect(find(pid)).toBe(shell);
    expect(finder.isCurrent(shell)).toBe(true);
    child.stdin?.write("\n");
    await untilRuns(pid, "sleep");
    expect(finder.isCurrent(shell)).toBe(false);
    expect(find(pid)).toMatchObject({ comm: "sleep", args: ["sleep", "1000"] });
    expect(store.history(shell)).toEqual([shell]);
  });

  it("keeps arguments over a title, and parents that have ended", async () => {
    const { child, line } = await startShell("/bin/sh -c 'sleep 1000 & echo $!; wait' & wait; read x");
    const pid = Number(line);
    await untilRuns(pid, "sleep");
    const found = find(pid);
    const parent = found.tree?.[1]?.pid ?? 0;
    expect(found.tree?.[2]?.pid).toBe(child.pid);
    process.kill(parent, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const later = find(pid);
    expect(later.ppid).not.toBe(parent);
    expect(later.tree).toEqual(found.tree);
  });

  it("knows a process again whose arguments were cut to make room, and gives them whole", () => {
    const tight = createProcessStore({ capacity: 1000, graceMs: 10_000, maxBytes: 300_000 });
    const long = ["-c", "read x", "sh", ...Array.from({ length: 4 }, (_, i) => String(i).repeat(10_000))];
    const { pid } = start("/bin/sh", long);
    const whole = ["/bin/sh", ...long];
    const first = createProcessFinder({ procfs: DEFAULT_PROCFS, store: tight });
    expect(first.find(pid)?.args).toEqual(whole);
    for (let other = 0; other < 10; other++) {
      const { pid } = start("/bin/sh", long);
      expect(first.find(pid)?.args).toEqual(whole);
    }
    first.close();
    const cut = tight.getByPid(pid);
    expect(cut).toMatchObject({ argsTotal: whole.length, argsTruncated: true });
    // One that has never seen it before.
    const second = createProcessFinder({ procfs: DEFAULT_PROCFS, store: tight });
    const found = second.find(pid);
    second.close();
    expect(found?.args).toEqual(whole);
    expect(found).not.toHaveProperty("argsTruncated");
    expect(found && tight.history(found)).toEqual([]);
    expect(tight.stats().bytes).toBeLessThanOrEqual(300_000);
  });

  it("learns within a second what the program changed itself", async () => {
    const { child } = await startShell("echo x; read x; cd /usr; printf other > /proc/self/comm; echo y; read y");
    const before = find(child.pid);
    child.stdin?.write("\n");
    await until(() => find(child.pid).cwd === "/usr");
    expect(find(child.pid)).toMatchObject({ comm: "other", args: before.args, path: before.path });
    expect(store.history(before)).toEqual([]);
  });

  it("still gives a process that has ended", async () => {
    const child = start("/bin/sleep", ["1000"]);
    const found = find(child.pid);
    await stop(child);
    expect(finder.find(child.pid)).toMatchObject({ path: found.path, args: found.args });
    expect(store.isEnded(found)).toBe(true);
    expect(finder.isCurrent(found)).toBe(false);
  });

  it("takes a zombie for one that has ended, and keeps what was known", async () => {
    const { child, line } = await startShell("sleep 1000 & echo $!; exec sleep 1000");
    const pid = Number(line);
    await untilRuns(pid, "sleep");
    // The shell would reap it.
    await untilRuns(child.pid, "sleep");
    const found = find(pid);
    process.kill(pid, "SIGKILL");
    await until(() => finder.find(pid)?.state === "Z");
    expect(find(pid)).toMatchObject({ path: found.path, args: found.args });
    expect(store.isEnded(found)).toBe(true);
    expect(finder.isCurrent(found)).toBe(false);
  });

  it.runIf(isRoot)("lets no process inherit from another that had its pid (needs root, to choose a pid)", async () => {
    for (let attempt = 0; attempt < 50; attempt++) {
      const first = start("/bin/sleep", ["1000"]);
      const before = find(first.pid);
      await stop(first);
      // Start times count in hundredths of a second.
      await new Promise((resolve) => setTimeout(resolve, 20));
      writeFileSync("/proc/sys/kernel/ns_last_pid", String(first.pid - 1));
      const second = start("/bin/cat", []);
      if (second.pid !== first.pid) continue;
      expect(finder.isCurrent(before)).toBe(false);
      const after = find(second.pid);
      expect(after.comm).toBe("cat");
      expect(after.startTime).toBeGreaterThan(before.startTime);
      expect(store.isEnded(before)).toBe(true);
      expect(store.get(before)?.comm).toBe("sleep");
      return;
    }
    throw new Error("another process took the pid, 50 times");
  });
});

describe("isCurrent", () => {
  it("is true for the process that was found, and for no other identity", () => {
    const { pid } = start("/bin/sleep", ["1000"]);
    const found = find(pid);
    expect(finder.isCurrent(found)).toBe(true);
    expect(finder.isCurrent({ pid, startTime: found.startTime - 1n })).toBe(false);
    expect(finder.isCurrent({ pid: 2 ** 30, startTime: 1n })).toBe(false);
  });

  it("is true for a process that somebody else put into the store, only while it runs that", async () => {
    const { child } = await startShell("echo x; read x; exec sleep 1000");
    const other = createProcessFinder({ procfs: DEFAULT_PROCFS, store });
    const found = other.find(child.pid);
    other.close();
    if (found === undefined) throw new Error("not found");
    expect(finder.isCurrent(found)).toBe(true);
    child.stdin?.write("\n");
    await untilRuns(child.pid, "sleep");
    expect(finder.isCurrent(found)).toBe(false);
    // The store now knows the new one.
    expect(finder.isCurrent(found)).toBe(true);
  });
});

describe("descriptors", () => {
  it("are bounded while it works, and given back", () => {
    finder.close();
    const before = readdirSync("/proc/self/fd").length;
    finder = createProcessFinder({ procfs: DEFAULT_PROCFS, store, capacity: 5 });
    const children = Array.from({ length: 12 }, () => start("/bin/sleep", ["1000"]));
    const pipes = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < 3; round++) for (const { pid } of children) expect(find(pid).comm).toBe("sleep");
    expect(readdirSync("/proc/self/fd").length).toBe(pipes + 5);
    finder.close();
    expect(readdirSync("/proc/self/fd").length).toBe(pipes);
    expect(pipes).toBeGreaterThanOrEqual(before);
    // It still answers, and keeps nothing open.
    expect(find(children[0]?.pid ?? 0).comm).toBe("sleep");
    expect(readdirSync("/proc/self/fd").length).toBe(pipes);
    expect(readExeLink(DEFAULT_PROCFS, children[0]?.pid ?? 0).ok).toBe(true);
  });
});
