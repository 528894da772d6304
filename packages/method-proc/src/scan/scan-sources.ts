import {
  createOwnerDescriber,
  holderVisibility,
  listPids,
  type Procfs,
  readStartTime,
  type SocketHolders,
  scanSocketHolders,
} from "@procmon/core";
import { createDiagTables, type DiagTables } from "../lookup/diag-tables.ts";
import { scanNatively } from "../lookup/native-pass.ts";
import type { NativeAccess } from "../native-access.ts";
import type { ScanCounters } from "./scan-messages.ts";

/** Where a scan has its facts from: the native half where it is there, else `/proc`. */
export interface ScanSources {
  /** Asked before `/proc`; undefined where there is no native half. */
  readonly tables: DiagTables | undefined;
  /** A pass over the descriptors of all processes. */
  scan(pids?: readonly number[]): SocketHolders;
  readonly counters: Pick<ScanCounters, "nativePasses" | "exactQueries" | "diagDumps" | "diagFailures">;
  /**
   * Goes all ways of a lookup once, about this process alone: the first time they take ten times as long, which is better spent before
   * anybody waits.
   */
  warmUp(): void;
  /** Gives back what is open. Idempotent. */
  close(): void;
}

/** Chooses the sources. Opens nothing yet. */
export function createScanSources(procfs: Procfs, native: NativeAccess | undefined): ScanSources {
  const tables = native && createDiagTables(procfs, native);
  let nativePasses = 0;
  return {
    tables,
    scan(pids = listPids(procfs)) {
      if (!native) return scanSocketHolders(procfs, pids);
      nativePasses++;
      return scanNatively(procfs, native, pids);
    },
    get counters() {
      return { nativePasses, ...(tables?.counters ?? UNUSED) };
    },
    warmUp() {
      if (tables?.own) tables.ask(tables.own, (diag) => diag.findInet(NOBODYS));
      const pass = native ? scanNatively(procfs, native, [process.pid]) : scanSocketHolders(procfs, [process.pid]);
      holderVisibility(procfs, pass);
      const startTime = readStartTime(procfs, process.pid);
      if (startTime !== undefined) createOwnerDescriber(procfs)({ pid: process.pid, startTime });
    },
    close: () => tables?.close(),
  };
}

/** TCP has no port 1 of a connection to itself, as a rule; and if it has, nothing comes of it. */
const NOBODYS = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 1 } as const;

const UNUSED = { exactQueries: 0, diagDumps: 0, diagFailures: 0 };
