import type { EmittedEvent, MethodHost } from "@procmon/core";
import { createAuditAssembler } from "./assemble/audit-assembler.ts";
import type { AuditEvent } from "./assemble/audit-event.ts";
import type { SocketHints } from "./lookup/socket-hints.ts";
import type { NativeAccess } from "./native-access.ts";
import { normalizeAuditEvent } from "./normalize/normalize-audit-event.ts";
import type { NormalizedAuditEvent } from "./normalize/normalized-event.ts";
import { createProcessTracker, type ProcessTracker } from "./processes/process-tracker.ts";
import { createConnectionEvents } from "./sockets/connection-events.ts";
import type { ArrivalReading } from "./source/arrival-reading.ts";
import type { AuditSink } from "./source/audit-source.ts";
import { addDrops, judgeGap, NO_DROPS } from "./source/loss-accounts.ts";

/** The way of records to core: events, what they mean, processes, connections. */
export interface AuditPipeline {
  readonly sink: AuditSink;
  readonly tracker: ProcessTracker;
  /** To be called each second: gives what waits for a record that does not come, and finds processes that ended without one. */
  tick(): void;
  /** Hands over what is left. Nothing may come any more. */
  end(): void;
  stats(): Readonly<Record<string, number>>;
}

/** What it works with. */
export interface AuditPipelineParts {
  readonly host: MethodHost;
  readonly hints: SocketHints;
  readonly native: NativeAccess | undefined;
  /** The source is broken, or back. */
  onDown(reason: string): void;
  onUp(): void;
}

/** Readings that wait for the rest of their event: more than the assembler holds are of events that never end. */
const MAX_READINGS = 8192;

/** Makes the pipeline. */
export function createAuditPipeline(parts: AuditPipelineParts): AuditPipeline {
  const { host, hints, native, onDown, onUp } = parts;
  /** By serial number: what was read when the event's SYSCALL record came, which is its first. */
  const readings = new Map<number, ArrivalReading>();
  let drops = NO_DROPS;
  let garbage = 0;

  const connections = createConnectionEvents({ host, hints, native });
  const readClocks = native && (() => native.readClocks());
  const tracker = createProcessTracker({ host: { ...host, emit }, ...(readClocks ? { readClocks } : {}) });
  const assembler = createAuditAssembler({ onEvent, onLost: tellGap });

  /** Children have their parents' sockets; and what a process did is told before its end, and before it runs something else. */
  function emit(event: EmittedEvent): void {
    if (event.type === "exec") connections.replaced(event.process);
    if (event.type === "exit") connections.ended(event.process);
    host.emit(event);
    if (event.type !== "fork") return;
    const parent = tracker.find(event.process.ppid);
    if (parent !== undefined) connections.forked(parent, event.process);
  }

  function onEvent(event: AuditEvent): void {
    const reading = readings.get(event.serial);
    if (reading !== undefined) readings.delete(event.serial);
    const normalized = normalizeAuditEvent(event);
    if (normalized !== undefined) apply(normalized, reading);
  }

  function apply(event: NormalizedAuditEvent, reading: ArrivalReading | undefined): void {
    const caller = tracker.apply(event, reading);
    if (caller === undefined || event.kind === "exec" || event.kind === "fork" || event.kind === "exit") return;
    // Rules of others may be about us, too.
    if (caller.pid !== process.pid) connections.apply(event, caller, reading);
  }

  function lose(cause: string, count: number): void {
    if (count <= 0) return;
    host.lost({ source: "audit", cause, count });
    // A fork may be among them, whose child has what the parent had.
    hints.distrust(BigInt(Date.now()) * 1_000_000n);
  }

  function tellGap(missing: number): void {
    const judged = judgeGap(drops, missing, performance.now());
    drops = judged.credit;
    lose("gap", judged.unexplained);
  }

  function keep(serial: number, reading: ArrivalReading): void {
    if (readings.size >= MAX_READINGS) {
      for (const oldest of readings.keys()) {
        readings.delete(oldest);
        break;
      }
    }
    readings.set(serial, reading);
  }

  return {
    tracker,
    sink: {
      record(record, reading) {
        if (reading !== undefined) keep(record.serial, reading);
        assembler.push(record);
      },
      idle() {},
      lost(cause, count) {
        if (cause === "overrun") drops = addDrops(drops, count, performance.now());
        lose(cause, count);
      },
      garbage() {
        garbage++;
      },
      down: onDown,
      up: onUp,
      fail: (cause) => host.fail(cause),
    },
    tick() {
      assembler.expire(BigInt(Date.now()) * 1_000_000n);
      tracker.sweep();
    },
    end() {
      assembler.flush();
      connections.stop();
    },
    stats() {
      const { records, events, incomplete, late, lost, pending } = assembler.stats();
      return {
        records,
        garbage,
        auditEvents: events,
        incompleteEvents: incomplete,
        lateRecords: late,
        missingEvents: lost,
        pendingEvents: pending,
        ...tracker.stats(),
        ...connections.stats(),
      };
    },
  };
}
