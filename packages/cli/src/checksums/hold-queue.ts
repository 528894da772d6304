import type { Checksums, MonitorEvent, Process } from "@procmon/core";
import { addChecksums } from "./add-checksums.ts";
import { type ChecksumWaiter, createPendingChecksums } from "./pending-checksums.ts";

/** Events in their order, some of which wait for checksums. */
export interface HoldQueue {
  add(event: MonitorEvent): void;
  /** Waits until there is room for another; false where none will be taken any more. */
  room(): Promise<boolean>;
  /** The oldest, once its checksums are known or its time is over; undefined after the end. */
  take(): Promise<MonitorEvent | undefined>;
  /** No more come: nothing is held any longer. */
  end(): void;
  /** Drops everything. */
  close(): void;
}

/** How to make one. */
export interface HoldQueueOptions {
  hash(process: Process): Promise<Checksums | undefined>;
  followUp(process: Process, known: Checksums): MonitorEvent | undefined;
  readonly limitMs: number;
  readonly capacity: number;
}

interface Held {
  event: MonitorEvent;
  /** By `performance.now()`. */
  readonly deadline: number;
  /** Present while its checksums are waited for. */
  waiter?: ChecksumWaiter | undefined;
}

/** Makes an empty queue, for one who adds and one who takes. */
export function createHoldQueue({ hash, followUp, limitMs, capacity }: HoldQueueOptions): HoldQueue {
  const queue = new Set<Held>();
  let state: "open" | "ended" | "closed" = "open";
  let wakeTaker: (() => void) | undefined;
  let wakeAdder: (() => void) | undefined;
  const pending = createPendingChecksums({
    hash,
    capacity,
    onKnown(process, known) {
      const event = state === "open" ? followUp(process, known) : undefined;
      if (event !== undefined) push({ event, deadline: 0 });
    },
  });

  function push(held: Held): void {
    queue.add(held);
    wakeTaker?.();
  }

  function hold(held: Held, process: Process): void {
    const waiter: ChecksumWaiter = {
      process,
      settle(known) {
        held.event = { ...held.event, process: addChecksums(process, known) } as MonitorEvent;
        held.waiter = undefined;
        wakeTaker?.();
      },
    };
    if (pending.wait(waiter)) held.waiter = waiter;
  }

  function letGo(held: Held | undefined): void {
    if (held?.waiter === undefined) return;
    pending.drop(held.waiter);
    held.waiter = undefined;
    wakeTaker?.();
  }

  const oldest = (): Held | undefined => queue.values().next().value;

  /** Until the oldest may go on, or something has changed. */
  function change(held: Held | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = held && setTimeout(() => letGo(held), Math.max(0, held.deadline - performance.now()));
      wakeTaker = () => {
        clearTimeout(timer);
        wakeTaker = undefined;
        resolve();
      };
    });
  }

  function finish(as: "ended" | "closed"): void {
    if (state === "closed") return;
    state = as;
    for (const held of queue) letGo(held);
    if (as === "closed") queue.clear();
    wakeTaker?.();
    wakeAdder?.();
  }

  return {
    add(event) {
      if (state !== "open") return;
      const held: Held = { event, deadline: performance.now() + limitMs };
      const process = pendingProcess(event);
      if (process !== undefined) hold(held, process);
      push(held);
    },

    async room() {
      while (state === "open" && queue.size >= capacity) {
        letGo(oldest());
        await new Promise<void>((resolve) => {
          wakeAdder = resolve;
        });
      }
      return state === "open";
    },

    async take() {
      for (;;) {
        const held = oldest();
        if (held !== undefined && held.waiter !== undefined && held.deadline <= performance.now()) letGo(held);
        if (held !== undefined && held.waiter === undefined) {
          queue.delete(held);
          wakeAdder?.();
          return held.event;
        }
        if (held === undefined && state !== "open") return undefined;
        await change(held);
      }
    },

    end: () => finish("ended"),
    close: () => finish("closed"),
  };
}

/** The process whose checksums are to be waited for. What tells of checksums itself is never held. */
function pendingProcess(event: MonitorEvent): Process | undefined {
  if (event.type === "checksum" || event.type === "checksum-change" || !("process" in event)) return undefined;
  return event.process?.checksumStatus === "pending" ? event.process : undefined;
}
