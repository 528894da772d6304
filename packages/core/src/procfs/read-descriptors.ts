import { type BigIntStats, lstatSync, readdirSync, statSync } from "node:fs";
import { isMemfd } from "./memfd.ts";
import { type DescriptorKind, parseDescriptorLink } from "./parse-descriptor-link.ts";
import { type DescriptorInfo, parseFdinfo } from "./parse-fdinfo.ts";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import { type ReadOutcome, readFailure } from "./read-outcome.ts";
import { readProcFile } from "./read-proc-file.ts";
import { readProcLink } from "./read-proc-link.ts";

/** An open descriptor of a process. */
export interface Descriptor extends DescriptorInfo {
  readonly fd: number;
  /** As `/proc/<pid>/fd/<fd>` names it: a path, with the kernel's ` (deleted)` where it was removed, or as `socket:[123]`. */
  readonly target: string;
  readonly kind: DescriptorKind;
  /** Of a socket, a pipe or a namespace. */
  readonly inode?: number;
  /** Bytes, of a file or a memfd. */
  readonly size?: bigint;
  /** When the kernel first showed this descriptor in `/proc`, in nanoseconds since the epoch: not before it was opened. */
  readonly time?: bigint;
}

/** The open descriptors of a process. */
export interface Descriptors {
  /** By number, ascending. */
  readonly descriptors: readonly Descriptor[];
  /** How many there are, also where not all were read. */
  readonly total: number;
}

/** Options of {@link readDescriptors}. */
export interface ReadDescriptorsOptions {
  /** A thread with a descriptor table of its own. @default the main thread */
  readonly tid?: number;
  /** Descriptors read at most, lowest first: each costs about 15 µs. @default 16384 */
  readonly limit?: number;
}

/**
 * The descriptors of a process: `/proc/<pid>/fd` and `/proc/<pid>/fdinfo`. One that is closed meanwhile is left
 * out. Other users' processes need CAP_SYS_PTRACE.
 */
export function readDescriptors(
  procfs: Procfs,
  pid: number,
  options?: ReadDescriptorsOptions,
): ReadOutcome<Descriptors> {
  let fds: number[];
  try {
    fds = readdirSync(processFile(procfs, pid, "fd", options?.tid)).map(Number);
  } catch (error) {
    return { ok: false, failure: readFailure(error) };
  }
  fds.sort((a, b) => a - b);
  const descriptors = fds
    .slice(0, options?.limit ?? 16384)
    .map((fd) => readDescriptor(procfs, pid, fd, options?.tid))
    .filter((descriptor) => descriptor !== undefined);
  return { ok: true, value: { descriptors, total: fds.length } };
}

/** One descriptor of a process; undefined where it is closed or may not be looked at. */
export function readDescriptor(procfs: Procfs, pid: number, fd: number, tid?: number): Descriptor | undefined {
  const link = processFile(procfs, pid, `fd/${fd}`, tid);
  const target = readProcLink(link);
  if (!target.ok) return undefined;
  const parsed = parseDescriptorLink(target.value);
  const file = parsed === undefined ? statOf(() => statSync(link, { bigint: true })) : undefined;
  const kind = parsed?.kind ?? (isMemfd(procfs, pid, link, target.value) ? "memfd" : kindOf(file));
  const time = statOf(() => lstatSync(link, { bigint: true }))?.mtimeNs;
  const info = readProcFile(processFile(procfs, pid, `fdinfo/${fd}`, tid), { single: true });
  return {
    fd,
    target: target.value,
    kind,
    ...(parsed?.inode === undefined ? {} : { inode: parsed.inode }),
    ...(file !== undefined && (kind === "file" || kind === "memfd") ? { size: file.size } : {}),
    ...(time === undefined ? {} : { time }),
    ...(info.ok ? parseFdinfo(info.value) : {}),
  };
}

function statOf(stat: () => BigIntStats): BigIntStats | undefined {
  try {
    return stat();
  } catch {
    return undefined;
  }
}

function kindOf(file: BigIntStats | undefined): DescriptorKind {
  if (file === undefined) return "other";
  if (file.isFile()) return "file";
  if (file.isDirectory()) return "directory";
  if (file.isFIFO()) return "fifo";
  if (file.isCharacterDevice() || file.isBlockDevice()) return "device";
  return "other";
}
