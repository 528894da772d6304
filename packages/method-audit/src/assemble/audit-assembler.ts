import type { AuditRecord } from "../parse/audit-record.ts";
import { checkAssemblerOptions } from "./assembler-options.ts";
import type { AuditEvent } from "./audit-event.ts";
import { type AssemblyAccount, createMachineEvents, type MachineEvents } from "./machine-events.ts";

/** Who takes the events, and how much may wait for them. */
export interface AuditAssemblerOptions {
  /** An event, once: when its end has come; at once where it has one record only; or when its end has been waited for in vain. */
  readonly onEvent: (event: AuditEvent) => void;
  /** So many events never came, as a gap in the serial numbers shows that stayed open for `timeoutMs`. Each event is told once. */
  readonly onLost: (count: number) => void;
  /** Events that wait for their end at once, 1–1048576: of more, the oldest is given. @default 4096 */
  readonly maxPending?: number;
  /** How long an event's end, and one that is missing, is waited for, in milliseconds, 1–3600000. @default 2000 */
  readonly timeoutMs?: number;
}

/** What has been done since the start. */
export interface AssemblerStats {
  readonly records: number;
  readonly events: number;
  /** Of `events`: those whose end never came. */
  readonly incomplete: number;
  /** Records of an event that was given already: they are left out. */
  readonly late: number;
  /** Events that were told to `onLost`. */
  readonly lost: number;
  /** Events that wait now. */
  readonly pending: number;
}

/** Puts events together from their records. Nothing here throws but what `onEvent` and `onLost` do. */
export interface AuditAssembler {
  push(record: AuditRecord): void;
  /** Nothing more comes: gives all that waits, and tells all gaps. */
  flush(): void;
  /**
   * Gives what has waited for long enough although no record comes, and tells gaps. To be called now and then, once in a second.
   *
   * @param now nanoseconds since the epoch
   */
  expire(now: bigint): void;
  stats(): AssemblerStats;
}

/** Text of records that wait, at once: then the oldest event is given. */
const MOST_PENDING_TEXT = 32 * 2 ** 20;
/** Machines of one stream: then all that waits is given, and begins anew. */
const MOST_MACHINES = 256;

/**
 * Puts records of one stream together to events: what has the same serial number and time, of the same machine. Records may come in any
 * order and mixed with each other's, but for an event's end (EOE), which is its last. Memory is bounded, whatever comes.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function createAuditAssembler(options: AuditAssemblerOptions): AuditAssembler {
  const { onEvent, onLost } = options;
  const { maxPending, timeoutMs } = checkAssemblerOptions(options);
  const timeout = BigInt(timeoutMs) * 1_000_000n;
  const account: AssemblyAccount = { events: 0, incomplete: 0, late: 0, lost: 0, pending: 0, pendingSize: 0 };
  const machines = new Map<string | undefined, MachineEvents>();
  let records = 0;
  let lastNode: string | undefined;
  let machine = machineOf(undefined);

  function machineOf(node: string | undefined): MachineEvents {
    const known = machines.get(node);
    if (known !== undefined) return known;
    if (machines.size >= MOST_MACHINES) {
      flush();
      machines.clear();
    }
    const made = createMachineEvents(node, timeout, account, onEvent, onLost);
    machines.set(node, made);
    return made;
  }

  function flush(): void {
    for (const each of machines.values()) each.flush();
  }

  function giveOne(): void {
    if (machine.giveOldest()) return;
    for (const each of machines.values()) if (each.giveOldest()) return;
  }

  return {
    push(record) {
      records++;
      if (record.node !== lastNode) {
        machine = machineOf(record.node);
        lastNode = record.node;
      }
      machine.push(record);
      while (account.pending > maxPending || account.pendingSize > MOST_PENDING_TEXT) giveOne();
    },
    flush,
    expire(now) {
      for (const each of machines.values()) each.expire(now);
    },
    stats: () => ({
      records,
      events: account.events,
      incomplete: account.incomplete,
      late: account.late,
      lost: account.lost,
      pending: account.pending,
    }),
  };
}
