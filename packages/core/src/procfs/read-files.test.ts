import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ProcmonError } from "../errors/procmon-error.ts";
import {
  isRoot,
  namespaceOf,
  start,
  startShell,
  temporaryDirectory,
  until,
} from "../process/start-process.test-kit.ts";
import { listPids, listThreads } from "./list-pids.ts";
import { DEFAULT_PROCFS } from "./procfs.ts";
import { readCgroup } from "./read-cgroup.ts";
import { readComm } from "./read-comm.ts";
import { readEnviron } from "./read-environ.ts";
import { readHidepid } from "./read-hidepid.ts";
import { readIo } from "./read-io.ts";
import { readMaps } from "./read-maps.ts";
import { readNamespace } from "./read-namespace.ts";
import { readNetDev } from "./read-net-dev.ts";
import { readProcFile } from "./read-proc-file.ts";
import { readCwd, readExeLink, readRoot } from "./read-process-links.ts";
import { readStartTime, readStat } from "./read-stat.ts";
import { readStatm } from "./read-statm.ts";
import { readStatus } from "./read-status.ts";

describe("readProcFile", () => {
  it("reads files that are larger than its buffer, and stops at the limit", () => {
    const file = `${temporaryDirectory()}/large`;
    const content = Buffer.alloc(3_000_000, "0123456789");
    writeFileSync(file, content);
    const read = readProcFile(file);
    expect(read.ok && read.value.equals(content)).toBe(true);
    const cut = readProcFile(file, { limit: 100_001 });
    expect(cut.ok && cut.value.equals(content.subarray(0, 100_001))).toBe(true);
  });

  it("leaves no descriptor open, also where reading fails", () => {
    expect(readProcFile("/proc/self")).toEqual({ ok: false, failure: "failed" });
    const before = openSync("/dev/null", "r");
    closeSync(before);
    for (let i = 0; i < 10; i++) readProcFile("/proc/self");
    const after = openSync("/dev/null", "r");
    closeSync(after);
    expect(after).toBe(before);
  });
});

describe("the readers, on real processes", () => {
  it("read a process by every file", async () => {
    const directory = temporaryDirectory();
    const { child } = await startShell("echo x; read x", { cwd: directory, env: { PATH: "/bin:/usr/bin", A: "ä=" } });
    const { pid } = child;
    expect(readComm(DEFAULT_PROCFS, pid)).toEqual({ ok: true, value: "sh" });
    expect(readCwd(DEFAULT_PROCFS, pid)).toEqual({ ok: true, value: directory });
    expect(readRoot(DEFAULT_PROCFS, pid)).toEqual({ ok: true, value: "/" });
    const exe = readExeLink(DEFAULT_PROCFS, pid);
    expect(exe.ok && statSync(exe.value).ino).toBe(statSync("/bin/sh").ino);
    expect(readEnviron(DEFAULT_PROCFS, pid)).toMatchObject({ ok: true, value: { A: "ä=" } });
    expect(readStat(DEFAULT_PROCFS, pid)).toMatchObject({ ok: true, value: { pid, comm: "sh", ppid: process.pid } });
    expect(readStatus(DEFAULT_PROCFS, pid)).toMatchObject({ ok: true, value: { tgid: pid, threads: 1 } });
    expect(readStatm(DEFAULT_PROCFS, pid)).toMatchObject({ ok: true, value: { size: expect.any(Number) } });
    expect(readIo(DEFAULT_PROCFS, pid)).toMatchObject({ ok: true, value: { wchar: expect.any(Number) } });
    const maps = readMaps(DEFAULT_PROCFS, pid);
    expect(maps.ok && maps.value.some((mapping) => mapping.path === "[stack]")).toBe(true);
    expect(readNamespace(DEFAULT_PROCFS, pid, "net")).toEqual({ ok: true, value: namespaceOf(pid, "net") });
    const net = readNetDev(DEFAULT_PROCFS, pid);
    expect(net.ok && net.value.map(({ name }) => name)).toContain("lo");
    const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
    const cgroup = readCgroup(DEFAULT_PROCFS, pid);
    expect(cgroup.ok && cgroup.value.map((e) => `${e.hierarchy}:${e.controllers}:${e.path}`)).toEqual(lines);
  });

  it("agree with ps about times and parents", () => {
    const { pid } = start("/bin/sleep", ["1000"]);
    const startTime = readStartTime(DEFAULT_PROCFS, pid);
    const own = readStartTime(DEFAULT_PROCFS, process.pid);
    expect(startTime).toBeGreaterThanOrEqual(own ?? 0n);
    const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 100;
    expect(Math.abs(Number(startTime) - uptime)).toBeLessThan(1000);
  });

  it("keep a name with parentheses, spaces and a newline", async () => {
    const { child } = await startShell("printf 'a) S 1\\n(b' > /proc/self/comm; echo x; read x");
    expect(readComm(DEFAULT_PROCFS, child.pid)).toEqual({ ok: true, value: "a) S 1\n(b" });
    expect(readStat(DEFAULT_PROCFS, child.pid)).toMatchObject({
      ok: true,
      value: { comm: "a) S 1\n(b", ppid: process.pid },
    });
  });

  it("read a directory whose name is not UTF-8", async () => {
    const parent = temporaryDirectory();
    const { child } = await startShell(`d=$(printf '${parent}/\\377'); mkdir "$d"; cd "$d"; echo x; read x`);
    expect(readCwd(DEFAULT_PROCFS, child.pid)).toEqual({ ok: true, value: `${parent}/\udcff` });
    mkdirSync(`${parent}/\ufffd`);
    const other = start("/bin/sleep", ["1000"], { cwd: `${parent}/\ufffd` });
    expect(readCwd(DEFAULT_PROCFS, other.pid)).toEqual({ ok: true, value: `${parent}/\ufffd` });
  });

  it("list processes and threads in order", () => {
    const { pid } = start("/bin/sleep", ["1000"]);
    const pids = listPids(DEFAULT_PROCFS);
    expect(pids).toContain(pid);
    expect(pids).toEqual([...pids].sort((a, b) => a - b));
    const threads = listThreads(DEFAULT_PROCFS, process.pid);
    expect(threads.ok && threads.value.length > 1 && threads.value[0] === process.pid).toBe(true);
    const tid = threads.ok ? threads.value.at(-1) : undefined;
    expect(readStat(DEFAULT_PROCFS, process.pid, tid)).toMatchObject({ ok: true, value: { pid: tid } });
    expect(listThreads(DEFAULT_PROCFS, 2 ** 30)).toEqual({ ok: false, failure: "gone" });
  });

  it("say so where there is no procfs", () => {
    let thrown: unknown;
    try {
      listPids({ root: "/nonexistent" });
    } catch (error) {
      thrown = error;
    }
    expect(ProcmonError.isInstance(thrown) && thrown.code).toBe("PROCFS_UNAVAILABLE");
  });

  it("call a process gone when it has ended", async () => {
    const { child, line } = await startShell("echo $$; exec true");
    await until(() => child.exitCode !== null);
    for (const read of [readComm, readStat, readStatus, readExeLink, readMaps, readEnviron]) {
      expect(read(DEFAULT_PROCFS, Number(line))).toEqual({ ok: false, failure: "gone" });
    }
  });

  it.runIf(isRoot)("see how another procfs is mounted (needs root)", () => {
    const root = temporaryDirectory();
    execFileSync("mount", ["-t", "proc", "-o", "hidepid=2,gid=7", "proc", root]);
    try {
      expect(readHidepid({ root })).toMatchObject({ ok: true, value: { mode: "invisible", gid: 7 } });
      expect(listPids({ root })).toContain(process.pid);
    } finally {
      execFileSync("umount", [root]);
    }
    expect(readHidepid(DEFAULT_PROCFS)).toMatchObject({ ok: true });
  });
});
