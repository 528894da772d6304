import type { AuditRecord } from "../parse/audit-record.ts";
import { RecordType } from "../parse/record-types.ts";
import type { AuditEvent } from "./audit-event.ts";
import { createGivenEvents } from "./given-events.ts";
import { createPendingEvents, type PendingEvent } from "./pending-events.ts";
import { comesAlone, isDaemonMessage } from "./record-class.ts";
import { createSerialGaps } from "./serial-gaps.ts";
import { createStreamTime } from "./stream-time.ts";
import { isDue } from "./waiting.ts";

/** What the machines of one stream share. */
export interface AssemblyAccount {
  events: number;
  incomplete: number;
  late: number;
  lost: number;
  /** Events that wait, and the characters of their records. */
  pending: number;
  pendingSize: number;
}

/** The events of one machine. */
export interface MachineEvents {
  push(record: AuditRecord): void;
  /** Gives the event that has waited longest. False where none waits. */
  giveOldest(): boolean;
  expire(now: bigint): void;
  flush(): void;
}

/** An object, an array and its place are some hundred bytes besides the text. */
const RECORD_COST = 200;

/** Puts together the events of one machine. `timeout` in nanoseconds. */
export function createMachineEvents(
  node: string | undefined,
  timeout: bigint,
  account: AssemblyAccount,
  onEvent: (event: AuditEvent) => void,
  onLost: (count: number) => void,
): MachineEvents {
  const pending = createPendingEvents();
  const given = createGivenEvents();
  const time = createStreamTime(timeout);
  const gaps = createSerialGaps(time, timeout, (count) => {
    account.lost += count;
    onLost(count);
  });

  function give(event: PendingEvent, isEnded: boolean): void {
    pending.remove(event);
    account.pending--;
    account.pendingSize -= event.size;
    given.add(event.serial, event.time);
    // Nothing but the end comes after the title: files of auditd leave the end itself out.
    tell(event.records, isEnded || event.records.at(-1)?.type === RecordType.PROCTITLE);
  }

  function tell(records: [AuditRecord, ...AuditRecord[]], complete: boolean): void {
    const { time, serial } = records[0];
    account.events++;
    if (!complete) account.incomplete++;
    onEvent(node === undefined ? { time, serial, records, complete } : { time, serial, node, records, complete });
  }

  function isKnown(record: AuditRecord): boolean {
    if (!given.has(record.serial, record.time)) return false;
    account.late++;
    return true;
  }

  /** The first record of an event. */
  function begin(record: AuditRecord): void {
    if (isDaemonMessage(record.type)) {
      tell([record], true);
      return;
    }
    if (isKnown(record)) return;
    gaps.see(record.serial, record.time);
    if (time.advance(record.time)) settle();
    // An end without records: those were filtered out, or lost.
    if (record.type === RecordType.EOE) return;
    if (comesAlone(record.type)) {
      given.add(record.serial, record.time);
      tell([record], true);
      return;
    }
    const event = pending.begin(record, time.deadline());
    event.size = cost(record);
    account.pending++;
    account.pendingSize += event.size;
  }

  /** Gives and tells what has waited for long enough, by the records' own time. */
  function settle(): void {
    for (
      let event = pending.oldest();
      event !== undefined && time.latest() >= event.deadline;
      event = pending.oldest()
    ) {
      give(event, false);
    }
    gaps.settle();
  }

  return {
    push(record) {
      const event = isDaemonMessage(record.type) ? undefined : pending.get(record.serial);
      if (event === undefined) begin(record);
      else if (event.time !== record.time) {
        // The machine has begun again, and its numbers with it.
        give(event, false);
        begin(record);
      } else if (record.type === RecordType.EOE) give(event, true);
      else {
        const size = cost(record);
        event.records.push(record);
        event.size += size;
        account.pendingSize += size;
      }
    },
    giveOldest() {
      const event = pending.oldest();
      if (event !== undefined) give(event, false);
      return event !== undefined;
    },
    expire(now) {
      time.tick(now);
      for (let event = pending.oldest(); event !== undefined; ) {
        const { newer } = event;
        // Who takes an event may have asked for all that waits.
        if (pending.get(event.serial) === event && isDue(event, now, timeout)) give(event, false);
        event = newer;
      }
      gaps.expire(now);
    },
    flush() {
      for (let event = pending.oldest(); event !== undefined; event = pending.oldest()) give(event, false);
      gaps.flush();
    },
  };
}

function cost(record: AuditRecord): number {
  return RECORD_COST + record.body.length + (record.enrichment?.length ?? 0);
}
