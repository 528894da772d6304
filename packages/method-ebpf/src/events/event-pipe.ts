import type { MethodHost } from "@procmon/core";
import type { BpfObject } from "@procmon/native";
import { type HookName, tellsFlows } from "../hooks/hooks.ts";
import { createEvictionWatch } from "../kernel/eviction-watch.ts";
import { createKernelClock, type KernelClock } from "../kernel/kernel-clock.ts";
import { createMissedRuns } from "../kernel/missed-runs.ts";
import { createRecordCounts } from "../kernel/record-counts.ts";
import { createUnreadChanges } from "../kernel/unread-changes.ts";
import { createProcessEvents } from "../processes/process-events.ts";
import { createProcessListing, createProcfsListing } from "../processes/process-listing.ts";
import { createProcessRecovery, type RecoverProcesses } from "../processes/process-recovery.ts";
import { createProcessTable, type ProcessTable } from "../processes/process-table.ts";
import type { SocketRecord } from "../records/socket-record.ts";
import { createConnectionEvents } from "./connection-events.ts";
import { createFlowPayload } from "./flow-payload.ts";
import { createHeldEvents } from "./held-events.ts";
import { createLossWatch } from "./loss-watch.ts";
import { createOpenFlows } from "./open-flows.ts";
import { createRecordReader } from "./record-reader.ts";
import { createRingFlush, type FlushRing } from "./ring-flush.ts";

/** The way of the kernel's records to core: ring, decoders, the table of processes, events. */
export interface EventPipe {
  readonly table: ProcessTable;
  readonly clock: KernelClock;
  readonly flush: FlushRing;
  /** True while a fork or an exec waits to be read, so that what the table knows may be what was before. */
  isOutdated(): boolean;
  /** Compares the table with the kernel's list of processes. */
  readonly recover: RecoverProcesses;
  stats(): Readonly<Record<string, number>>;
  /** Hands over what is left. Nothing may come any more: the programs are detached. */
  end(): Promise<void>;
}

/** What it works with. */
export interface EventPipeParts {
  readonly host: MethodHost;
  /** Loaded; its programs need not run yet. */
  readonly object: BpfObject;
  readonly live: ReadonlySet<HookName>;
  readonly intervalMs: number;
  /** A socket is over; all that it has carried is in the record. */
  onClosed(record: SocketRecord): void;
}

/** Bytes of one batch: so many that the queue of a reader of events takes all that are in it. */
const BATCH_BYTES = 256 * 1024;

/** How often the counts of lost records are looked at. */
const LOSS_CHECK_MS = 250;

/** Flows that are remembered until their sockets are over: as many as the kernel's table holds. */
const MAX_FLOWS = 65_536;

/** Makes the pipe, and begins to read. */
export function createEventPipe(parts: EventPipeParts): EventPipe {
  const { host, object, live, intervalMs, onClosed } = parts;
  const clock = createKernelClock();
  const table = createProcessTable();
  const flows = createOpenFlows(MAX_FLOWS);
  const held = createHeldEvents((event) => host.emit(event));
  const holding: MethodHost = { ...host, emit: held.emit };
  const processes = createProcessEvents(holding, clock, table);
  const takePayload = createFlowPayload(object.map("flows"));
  const connections = createConnectionEvents({
    host: holding,
    clock,
    table,
    flows,
    tellsFlows: tellsFlows((name) => live.has(name)),
    takePayload,
    onClosed,
  });
  const reader = createRecordReader(processes, connections);
  const readCounts = createRecordCounts(object.map("counts"));
  const losses = createLossWatch(host, readCounts, createMissedRuns(object, live));
  const evictions = createEvictionWatch(host, object.map("owner_changes"));
  let batches = 0;
  let checkedBatches = 0;
  const ring = object.readRing("ring", {
    onBatch(batch) {
      batches++;
      reader.push(batch);
    },
    onError: (error) => host.fail(error),
    intervalMs,
    batchBytes: BATCH_BYTES,
  });
  // Whoever reads events keeps this process alive, and nobody else does.
  ring.unref();
  const flush = createRingFlush(readCounts, reader, () => ring.nudge());
  const isOutdated = createUnreadChanges(
    object.map("counts"),
    () => (reader.delivered.get("exec") ?? 0) + (reader.delivered.get("fork") ?? 0),
  );
  const list = live.has("process-list")
    ? createProcessListing(object, processes, host.procfs)
    : createProcfsListing(host.procfs);
  const recover = createProcessRecovery(host, table, clock, list, flush, held.release);
  let recovering: Promise<void> | undefined;
  let recoveries = 0;

  /** Where nothing came, nothing was lost: what finds no room does so since there is much to read. */
  function checkLosses(): void {
    if (batches === checkedBatches) return;
    checkedBatches = batches;
    evictions.check();
    if (losses.check() === 0 || recovering !== undefined) return;
    recoveries++;
    recovering = recover()
      .catch((cause) => host.log.warn("ebpf: the processes could not be listed after a loss", { cause }))
      .finally(() => {
        recovering = undefined;
      });
  }

  const timer = setInterval(checkLosses, LOSS_CHECK_MS);
  timer.unref();

  return {
    table,
    clock,
    flush,
    isOutdated,
    recover,
    stats() {
      const { records, batches, stalls, rescues } = ring.stats();
      return {
        records,
        batches,
        stalls,
        rescues,
        brokenRecords: reader.broken,
        lostRecords: losses.total,
        recoveries,
        livingProcesses: table.size,
        openFlows: flows.size,
        forgottenFlows: flows.forgotten,
        evictedOwners: evictions.total,
      };
    },
    async end() {
      clearInterval(timer);
      await recovering;
      await flush();
      losses.check();
      ring.stop();
    },
  };
}
