import type { ProcCapture } from "./exec-capture.ts";
import type { ProcEvent } from "./proc-event.ts";

/** A process event that waits for what may come before it, or make it doubtful. */
export interface HeldEvent {
  readonly event: Exclude<ProcEvent, { type: "ack" }>;
  /** When it was taken from the kernel, and when its capture was complete; as `event.time`, nanoseconds of CLOCK_MONOTONIC. */
  readonly receivedAt: bigint;
  readonly capturedAt: bigint;
  readonly capture?: ProcCapture;
}

/** Holds events back for a moment, and puts them in order. Those of one process come from the kernel in order; those of several may not. */
export interface EventWindow {
  readonly size: number;
  /** It takes more, but at once lets the first go. */
  readonly isFull: boolean;
  push(held: HeldEvent): void;
  /** Takes the first, if nothing that comes can still matter to it; at the end (`all`) in any case. */
  take(now: bigint, all?: boolean): HeldEvent | undefined;
  /** Whether all that the kernel told up to that time has come. */
  isPast(time: bigint, now: bigint): boolean;
  /** When to try again, if nothing comes; undefined where none waits. */
  readonly due: bigint | undefined;
  /** When the first of those that wait happened. */
  readonly oldest: bigint | undefined;
  /** The events of a process that wait, in order. */
  of(pid: number): readonly HeldEvent[];
}

/** Whether more has to be known of an event before it is taken. */
export type IsDoubtful = (held: HeldEvent, later: readonly HeldEvent[], window: EventWindow, now: bigint) => boolean;

/** With something so much younger, nothing older is to come from another processor. Nanoseconds. */
export const MARGIN_NS = 3_000_000n;

/** How often the reader delivers: the rarer, the more events share what each delivery costs, and that is half of all. */
export const DELIVERY_MS = 30;

/** So long after its capture an event waits where the reader keeps up: what came before has been delivered. Nanoseconds. */
export const HOLD_NS: bigint = BigInt(DELIVERY_MS + 5) * 1_000_000n;

/** How often a doubtful one is looked at. */
const RETRY_NS = 5_000_000n;

/** Events that wait at most, and characters of what was read of them. */
const CAPACITY = 32_768;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Makes an empty window. */
export function createEventWindow(isDoubtful: IsDoubtful = () => false): EventWindow {
  /** In order of time, from `first` on. */
  let queue: HeldEvent[] = [];
  let first = 0;
  const byPid = new Map<number, HeldEvent[]>();
  let newest = 0n;
  let keepsUp = true;
  let retryAt = 0n;
  let characters = 0;

  function isPast(time: bigint, now: bigint): boolean {
    return newest >= time + MARGIN_NS || (keepsUp && now >= time + HOLD_NS);
  }

  const isFull = (): boolean => queue.length - first >= CAPACITY || characters > MAX_CHARACTERS;

  const window: EventWindow = {
    get isFull() {
      return isFull();
    },
    get size() {
      return queue.length - first;
    },
    get due() {
      const head = queue[first];
      if (head === undefined) return undefined;
      const due = head.capturedAt + HOLD_NS;
      return due > retryAt ? due : retryAt;
    },
    get oldest() {
      return queue[first]?.event.time;
    },
    isPast,
    of: (pid) => byPid.get(pid) ?? [],

    push(held) {
      const { time, pid } = held.event;
      if (time > newest) newest = time;
      keepsUp = held.receivedAt - time < MARGIN_NS;
      characters += lengthOf(held);
      insert(queue, held, first);
      const own = byPid.get(pid);
      if (own) insert(own, held, 0);
      else byPid.set(pid, [held]);
    },

    take(now, all = false) {
      const head = queue[first];
      if (head === undefined) return undefined;
      const own = byPid.get(head.event.pid) ?? [];
      if (!all && !isFull()) {
        if (!isPast(head.capturedAt, now)) return undefined;
        if (isDoubtful(head, own.slice(1), window, now)) {
          retryAt = now + RETRY_NS;
          return undefined;
        }
      }
      first++;
      if (first > 1024 && first * 2 > queue.length) {
        queue = queue.slice(first);
        first = 0;
      }
      characters -= lengthOf(head);
      own.shift();
      if (own.length === 0) byPid.delete(head.event.pid);
      return head;
    },
  };
  return window;
}

function lengthOf({ capture }: HeldEvent): number {
  let length = 0;
  for (const arg of capture?.args ?? []) length += arg.length;
  if (capture?.env) for (const name in capture.env) length += name.length + (capture.env[name]?.length ?? 0);
  return length;
}

/** From the end: most come in order. */
function insert(events: HeldEvent[], held: HeldEvent, from: number): void {
  let at = events.length;
  while (at > from && (events[at - 1]?.event.time ?? 0n) > held.event.time) at--;
  if (at === events.length) events.push(held);
  else events.splice(at, 0, held);
}
