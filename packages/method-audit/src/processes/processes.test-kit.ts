import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createProcessStore,
  DEFAULT_PROCFS,
  type EmittedEvent,
  type MethodHost,
  type Procfs,
  type ProcStat,
} from "@procmon/core";
import { onTestFinished } from "vitest";
import type { AuditExec, AuditExit, AuditFork, AuditSocketCall, AuditSubject } from "../normalize/normalized-event.ts";
import { createProcessTracker, type ProcessTracker, type ProcessTrackerParts } from "./process-tracker.ts";

/** When the machine of the tests began, in nanoseconds since the epoch. */
export const BOOT = 1_700_000_000_000_000_000n;

/** That many clock ticks after it. */
export function at(ticks: number): bigint {
  return BOOT + BigInt(ticks) * 10_000_000n;
}

/** A tracker whose host keeps what it is told, and writes it into its store as core does. */
export interface Scene {
  readonly tracker: ProcessTracker;
  readonly host: MethodHost;
  readonly events: EmittedEvent[];
  /** What was told, in short: `exec 7@100 /bin/x`. */
  told(): string[];
  /** The time that it is now, in ticks. */
  setNow(ticks: number): void;
}

/** Makes one; by its clock it is tick 1,000, and its procfs has no process, unless the test gives another, or asks for the real ones. */
export function createScene(
  options: { procfs?: Procfs; captureEnv?: boolean; isReal?: boolean } & Omit<
    Partial<ProcessTrackerParts>,
    "host"
  > = {},
): Scene {
  const {
    isReal = false,
    procfs = isReal ? DEFAULT_PROCFS : createFakeProcfs(),
    captureEnv = false,
    ...parts
  } = options;
  const events: EmittedEvent[] = [];
  const processes = createProcessStore({ capacity: 4096, graceMs: 1000 });
  let ticks = 1000;
  const host: Partial<MethodHost> = {
    procfs,
    processes,
    captureEnv,
    signal: new AbortController().signal,
    emit(event) {
      events.push(event);
      const { time } = event;
      if (event.type === "fork") processes.add(event.process, time);
      if (event.type === "exec") processes.replace(event.process, time);
      if (event.type !== "exit") return;
      if (!processes.has(event.process)) processes.add(event.process, time);
      processes.end(event.process, time);
    },
  };
  const tracker = createProcessTracker({
    host: host as MethodHost,
    ...(isReal
      ? {}
      : {
          now: () => at(ticks),
          readClocks: () => ({ realtime: at(ticks), boottime: BigInt(ticks) * 10_000_000n }),
        }),
    ...parts,
  });
  return {
    tracker,
    host: host as MethodHost,
    events,
    told: () => events.map(inShort),
    setNow(value) {
      ticks = value;
    },
  };
}

function inShort(event: EmittedEvent): string {
  if (event.type !== "exec" && event.type !== "fork" && event.type !== "exit") return event.type;
  const { pid, startTime, path = "?" } = event.process;
  const code = event.type === "exit" && event.exitCode !== undefined ? ` ${event.exitCode}` : "";
  return `${event.type} ${pid}@${startTime} ${path}${code}`;
}

/** Pids that no process of this machine has. */
export const PID = 4_100_000;
export const PARENT = 4_000_000;

let serial = 0;

function base(ticks: number, subject: Partial<AuditSubject>, syscall: string): Omit<AuditExit, "kind" | "exitCode"> {
  const ids = { uid: 0, euid: 0, suid: 0, gid: 0, egid: 0, sgid: 0 };
  return {
    serial: ++serial,
    time: at(ticks),
    complete: true,
    keys: [],
    subject: { pid: PID, ppid: PARENT, ...ids, comm: "x", exe: "/bin/x", ...subject },
    syscall,
    errno: 0,
  };
}

/** An exec of `subject.exe` at that tick. */
export function exec(ticks: number, subject: Partial<AuditSubject> = {}, more: Partial<AuditExec> = {}): AuditExec {
  const { exe = "/bin/x" } = subject;
  return {
    ...base(ticks, subject, "execve"),
    kind: "exec",
    args: [exe, "1"],
    cwd: "/tmp",
    files: [{ name: exe }, { name: "/lib64/ld-linux-x86-64.so.2" }],
    ...more,
  };
}

/** A fork. */
export function fork(
  ticks: number,
  subject: Partial<AuditSubject>,
  child: number,
  isThread: boolean | "untold" = false,
): AuditFork {
  const flag = isThread === "untold" ? {} : { isThread };
  return { ...base(ticks, { ppid: 1, ...subject }, "clone"), kind: "fork", child, ...flag };
}

/** An end. */
export function exit(ticks: number, subject: Partial<AuditSubject> = {}, exitCode = 0): AuditExit {
  return { ...base(ticks, subject, "exit_group"), kind: "exit", exitCode };
}

/** A connect. */
export function connect(ticks: number, subject: Partial<AuditSubject> = {}): AuditSocketCall {
  return { ...base(ticks, subject, "connect"), kind: "connect", fd: 3 };
}

/** A stat as it is captured with a record. */
export function stat(start: number, facts: Partial<ProcStat> = {}): ProcStat {
  const numbers = {
    pgrp: 0,
    session: 0,
    ttyNr: 0,
    flags: 0,
    minflt: 0,
    majflt: 0,
    utime: 0,
    stime: 0,
    priority: 0,
    nice: 0,
    numThreads: 1,
    vsize: 0,
    rss: 0,
  };
  const addresses = { startCode: 4096n, startStack: 8192n };
  return {
    ...numbers,
    ...addresses,
    pid: PID,
    ppid: PARENT,
    comm: "x",
    state: "R",
    startTime: BigInt(start),
    ...facts,
  };
}

/** A process of a procfs that a test has made. */
export interface FakeProcess {
  readonly start: number;
  readonly ppid?: number;
  readonly comm?: string;
  readonly state?: string;
  /** Other than the pid: it is a thread of that process. */
  readonly tgid?: number;
  readonly nsPids?: readonly number[];
  /** A file that is there. */
  readonly exe?: string;
  readonly args?: readonly string[];
  readonly environ?: string;
  readonly cgroup?: string;
  readonly netns?: number;
}

/** A procfs in a scratch directory. */
export interface FakeProcfs extends Procfs {
  put(pid: number, process: FakeProcess): void;
  remove(pid: number): void;
}

/** Makes one without processes; it goes with the test. */
export function createFakeProcfs(): FakeProcfs {
  const root = mkdtempSync(join(tmpdir(), "procmon-audit-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const remove = (pid: number): void => rmSync(join(root, `${pid}`), { recursive: true, force: true });
  return {
    root,
    remove,
    put(pid, process) {
      remove(pid);
      const { start, ppid = 1, comm = "x", state = "S", tgid = pid, nsPids = [pid] } = process;
      const folder = join(root, `${pid}`);
      mkdirSync(join(folder, "ns"), { recursive: true });
      const after = `${state} ${ppid} 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${start} 0 0 0 4096 0 8192`;
      writeFileSync(join(folder, "stat"), `${pid} (${comm}) ${after} 0 0 0\n`);
      const ids = "0\t0\t0\t0";
      const status = [
        `Name:\t${comm}`,
        `Tgid:\t${tgid}`,
        `Uid:\t${ids}`,
        `Gid:\t${ids}`,
        `NSpid:\t${nsPids.join("\t")}`,
      ];
      writeFileSync(join(folder, "status"), `${status.join("\n")}\n`);
      writeFileSync(join(folder, "cmdline"), (process.args ?? []).map((arg) => `${arg}\0`).join(""));
      writeFileSync(join(folder, "environ"), process.environ ?? "");
      writeFileSync(join(folder, "cgroup"), process.cgroup ?? "0::/\n");
      symlinkSync("/", join(folder, "root"));
      symlinkSync("/tmp", join(folder, "cwd"));
      symlinkSync(`net:[${process.netns ?? 1}]`, join(folder, "ns/net"));
      if (process.exe !== undefined) symlinkSync(process.exe, join(folder, "exe"));
    },
  };
}
