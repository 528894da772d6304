import type { AuditControl } from "../kernel/audit-control.ts";

/** Milliseconds between two looks at the kernel's counter. */
const POLL_MS = 1000;

/** Watches the kernel's counter of records that it dropped itself. */
export interface KernelLossWatch {
  /** What is lost from now on is told. Does nothing where the kernel may not be asked. */
  start(): void;
  /** Looks a last time. Idempotent. */
  stop(): void;
}

/**
 * Makes a watch that tells of what the kernel dropped before any reader could have it, mostly because its backlog was full. Such a record got no serial
 * number, as a rule, so that it leaves no gap; and it was never sent, so that no socket counts it.
 *
 * @param lost called with the cause "backlog"
 */
export function createKernelLossWatch(
  control: AuditControl | undefined,
  lost: (cause: "backlog", count: number) => void,
): KernelLossWatch {
  let before: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const now = lostOf(control);
    if (now === undefined) return;
    // Somebody may set it to 0 (auditctl --reset-lost).
    const count = before === undefined ? 0 : now < before ? now : now - before;
    before = now;
    if (count > 0) lost("backlog", count);
  }

  return {
    start() {
      look();
      timer ??= setInterval(look, POLL_MS).unref();
    },
    stop() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      look();
      before = undefined;
    },
  };
}

function lostOf(control: AuditControl | undefined): number | undefined {
  try {
    return control?.status().lost;
  } catch {
    return undefined;
  }
}

/** Dropped datagrams that may be the reason of gaps in the serial numbers that are found later. */
export interface DropCredit {
  /** Dropped datagrams of which no gap has been found yet. */
  readonly datagrams: number;
  /** When the last of them was told of; milliseconds of any clock. */
  readonly at: number;
}

/** Nothing was dropped. */
export const NO_DROPS: DropCredit = { datagrams: 0, at: 0 };

/** A gap is told once it has stayed open for some seconds. What was dropped longer ago has left no gap that is still to be told. */
const CREDIT_MS = 15_000;

/** Adds what the reader's socket had no room for: those are told with the cause "overrun". */
export function addDrops(credit: DropCredit, datagrams: number, at: number): DropCredit {
  const left = at - credit.at > CREDIT_MS ? 0 : credit.datagrams;
  return { datagrams: left + datagrams, at };
}

/**
 * How many of the events that the serial numbers show to be missing are not told as lost yet. An event is at least one datagram, so that a
 * dropped datagram explains one missing event at most, and each explains but one: what is left is told with the cause "gap".
 *
 * @param missing serial numbers that were skipped
 */
export function judgeGap(
  credit: DropCredit,
  missing: number,
  at: number,
): { readonly credit: DropCredit; readonly unexplained: number } {
  const there = at - credit.at > CREDIT_MS ? 0 : credit.datagrams;
  const explained = Math.min(there, missing);
  return { credit: { datagrams: there - explained, at: credit.at }, unexplained: missing - explained };
}
