import {
  type Ancestor,
  type Descriptor,
  type Process,
  type Procfs,
  type ProcIo,
  type ProcStatm,
  processFile,
  readDescriptors,
  readIo,
  readProcess,
  readStartTime,
  readStatm,
} from "@procmon/core";
import { readText } from "./read-text.ts";
import { wellFormed } from "./well-formed.ts";

/** A process at one moment, for OpenSnitch's UI. */
export interface MonitoredProcess {
  readonly startTime: bigint;
  /** The JSON of OpenSnitch's `Process` (daemon/procmon/process.go), with all that its window of a process shows. */
  readonly json: string;
}

const DESCRIPTORS = 1024;
// In characters: the whole stays far below the 4 MiB that a gRPC server takes, also where each one has to be escaped.
const LONGEST_TEXT = 16 * 1024;
const LONGEST_LIST = 32 * 1024;
const LONGEST_TABLE = 128 * 1024;

/** Reads a process; undefined where there is none of that pid any more. What may not be read is empty or 0. */
export function readMonitoredProcess(procfs: Procfs, pid: number, env: boolean): MonitoredProcess | undefined {
  const read = readProcess(procfs, pid, { captureEnv: env, tree: true, argsLimit: LONGEST_LIST });
  if (!read.ok) return undefined;
  const process = read.value;
  const statm = readStatm(procfs, pid);
  const io = readIo(procfs, pid);
  const descriptors = readDescriptors(procfs, pid, { limit: DESCRIPTORS });
  const text = (name: string, limit: number): string => readText(processFile(procfs, pid, name), limit);
  const details = {
    Statm: statmOf(statm.ok ? statm.value : undefined),
    IOStats: ioStatsOf(io.ok ? io.value : undefined),
    Descriptors: descriptorsOf(descriptors.ok ? descriptors.value.descriptors : []),
    Status: text("status", LONGEST_TEXT),
    Stat: text("stat", LONGEST_TEXT),
    Stack: text("stack", LONGEST_TEXT),
    Maps: text("maps", LONGEST_TABLE),
  };
  // All of it must be of one process.
  if (readStartTime(procfs, pid) !== process.startTime) return undefined;
  return { startTime: process.startTime, json: JSON.stringify({ ...factsOf(process, env), ...details }) };
}

function factsOf(process: Process, env: boolean): Record<string, unknown> {
  return {
    ID: process.pid,
    PPID: process.ppid,
    UID: process.uid ?? 0,
    Comm: wellFormed(process.comm),
    Path: wellFormed(process.path ?? ""),
    RealPath: wellFormed(process.realPath ?? ""),
    Root: wellFormed(process.root ?? ""),
    CWD: wellFormed(process.cwd ?? ""),
    Args: (process.args ?? []).map(wellFormed),
    Env: env ? environmentOf(process) : {},
    Tree: (process.tree ?? []).map(({ pid, path }: Ancestor) => ({ key: wellFormed(path ?? ""), value: pid })),
    Checksums: process.checksums ?? {},
  };
}

function environmentOf({ env = {} }: Process): Record<string, string> {
  let length = 0;
  const kept = Object.entries(env).filter(([name, value]) => {
    length += name.length + value.length;
    return length <= LONGEST_LIST;
  });
  return Object.fromEntries(kept.map(([name, value]) => [wellFormed(name), wellFormed(value)]));
}

/** In pages, `Lib` is unused since Linux 2.6 (proc_pid_statm(5)). */
function statmOf(statm: ProcStatm | undefined): Record<string, number> {
  return {
    Size: statm?.size ?? 0,
    Resident: statm?.resident ?? 0,
    Shared: statm?.shared ?? 0,
    Text: statm?.text ?? 0,
    Lib: 0,
    Data: statm?.data ?? 0,
    Dt: 0,
  };
}

function ioStatsOf(io: ProcIo | undefined): Record<string, number> {
  return {
    RChar: io?.rchar ?? 0,
    WChar: io?.wchar ?? 0,
    SyscallRead: io?.syscr ?? 0,
    SyscallWrite: io?.syscw ?? 0,
    ReadBytes: io?.readBytes ?? 0,
    WriteBytes: io?.writeBytes ?? 0,
  };
}

function descriptorsOf(descriptors: readonly Descriptor[]): Record<string, unknown>[] {
  let length = 0;
  const kept = descriptors.filter(({ target }) => {
    length += target.length;
    return length <= LONGEST_TABLE;
  });
  return kept.map(({ fd, target, size, time }) => ({
    Name: String(fd),
    SymLink: wellFormed(target),
    Size: Number(size ?? 0n),
    ModTime: time === undefined ? "" : new Date(Number(time / 1_000_000n)).toISOString(),
  }));
}
