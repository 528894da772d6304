import type { ProcIo } from "../procfs/parse-io.ts";
import type { MemoryMapping } from "../procfs/parse-maps.ts";
import type { InterfaceCounters } from "../procfs/parse-net-dev.ts";
import type { ProcStat } from "../procfs/parse-stat.ts";
import type { ProcStatm } from "../procfs/parse-statm.ts";
import type { ProcStatus } from "../procfs/parse-status.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { CMDLINE_LIMIT } from "../procfs/read-cmdline.ts";
import { type Descriptors, readDescriptors } from "../procfs/read-descriptors.ts";
import { readIo } from "../procfs/read-io.ts";
import { readMaps } from "../procfs/read-maps.ts";
import { readNetDev } from "../procfs/read-net-dev.ts";
import type { ReadOutcome } from "../procfs/read-outcome.ts";
import { readStack } from "../procfs/read-stack.ts";
import { readStat } from "../procfs/read-stat.ts";
import { readStatm } from "../procfs/read-statm.ts";
import { readStatus } from "../procfs/read-status.ts";
import type { Process } from "./process.ts";
import { type ReadProcessOptions, readProcess } from "./read-process.ts";

/** The parts of {@link ProcessDetails} beside the process itself. */
interface DetailParts {
  readonly stat: ProcStat;
  readonly status: ProcStatus;
  readonly statm: ProcStatm;
  readonly io: ProcIo;
  /** The interfaces of its network namespace. */
  readonly net: readonly InterfaceCounters[];
  /** Where in the kernel its main thread is. Needs CAP_SYS_ADMIN. */
  readonly stack: readonly string[];
  readonly maps: readonly MemoryMapping[];
  readonly descriptors: Descriptors;
}

/** All that can be known of a process at one moment. A part that is absent could not be read. */
export interface ProcessDetails extends Partial<DetailParts> {
  readonly process: Process;
  /** Parts that could not be read for want of a privilege; `process.denied` has those of the process itself. */
  readonly deniedDetails: readonly (keyof DetailParts)[];
}

/**
 * Reads the process, its ancestry and everything else that `/proc` tells of it. `gone` as with {@link readProcess},
 * also if the process ended before all was read.
 */
export function readProcessDetails(
  procfs: Procfs,
  pid: number,
  options?: ReadProcessOptions,
): ReadOutcome<ProcessDetails> {
  const process = readProcess(procfs, pid, { tree: true, argsLimit: CMDLINE_LIMIT, ...options });
  if (!process.ok) return process;
  const parts: { [K in keyof DetailParts]: ReadOutcome<DetailParts[K]> } = {
    stat: readStat(procfs, pid),
    status: readStatus(procfs, pid),
    statm: readStatm(procfs, pid),
    io: readIo(procfs, pid),
    net: readNetDev(procfs, pid),
    stack: readStack(procfs, pid),
    maps: readMaps(procfs, pid),
    descriptors: readDescriptors(procfs, pid),
  };
  const after = readStat(procfs, pid);
  if (!after.ok || after.value.startTime !== process.value.startTime) return { ok: false, failure: "gone" };
  const entries = Object.entries(parts) as [keyof DetailParts, ReadOutcome<unknown>][];
  const known = entries.flatMap(([name, part]) => (part.ok ? [[name, part.value]] : []));
  const deniedDetails = entries.flatMap(([name, part]) => (!part.ok && part.failure === "denied" ? [name] : []));
  return { ok: true, value: { process: process.value, deniedDetails, ...Object.fromEntries(known) } };
}
