import type { Loss } from "@procmon/core";
import { isLeaderless, type ProcessTable } from "../events/process-table.ts";
import type { ScannedEvent } from "../scan/scan-messages.ts";
import { createEventApplier } from "./apply-events.ts";
import { createBootClock } from "./boot-clock.ts";
import { type ConnectorOptions, type ConnectorStream, openConnectorStream, type Refusal } from "./connector-stream.ts";
import { createEventWindow } from "./event-window.ts";
import { createLateExits } from "./late-exits.ts";
import { createLossAccount } from "./loss-account.ts";
import { createDoubts } from "./own-capture.ts";

/** Process events as the kernel tells them, put in order and made sure of. */
export interface ConnectorFeed {
  /** Subscribes: what happens from then on is told after this has returned. Gives the reason if it cannot. */
  start(): Refusal | undefined;
  /** Tells what it has, and ends the subscription. */
  stop(): void;
  /** There is room for events again. */
  resume(): void;
  readonly isActive: boolean;
  readonly counters: FeedCounters;
}

/** Counters since it was made. */
export interface FeedCounters {
  readonly kernelEvents: number;
  readonly kernelLost: number;
  readonly resubscriptions: number;
  readonly reconciliations: number;
  readonly unreadExecs: number;
}

/** What a feed works with. */
export interface ConnectorFeedParts
  extends Pick<ConnectorOptions, "native" | "procfs" | "captureEnv" | "receiveBufferBytes"> {
  readonly table: ProcessTable;
  emit(events: readonly ScannedEvent[]): void;
  /** False while there is no room for events; `resume` is called then as soon as there is. */
  mayEmit(): boolean;
  lost(loss: Loss): void;
  onNew(pid: number): void;
  /** Fills the table. */
  seed(): void;
  /** Compares the table with `/proc`. */
  reconcile(): readonly ScannedEvent[];
  /** The subscription is over. */
  onFailure(error: Error): void;
}

/** Milliseconds of work in one turn of the event loop. */
const TURN_MS = 3;

/** With more than this waiting, processes are told of as they were read at once. */
const HURRY = 128;

/** Milliseconds after which it is looked whether the machine was suspended, if nothing else happens. */
const IDLE_MS = 2000;

/** How often it is made sure that the kernel still tells, where nothing happens. */
const LIFE_MS = 10_000;

/** A reconciliation may take this part of the time at most. */
const DUTY = 1 / 5;

/** For so long a reconciliation waits at most for events that came before the loss. Nanoseconds. */
const PATIENCE_NS = 500_000_000n;

/** Makes a feed that does not run. */
export function createConnectorFeed(parts: ConnectorFeedParts): ConnectorFeed {
  const { native, procfs, captureEnv, table, lost, onNew, reconcile } = parts;
  const clock = createBootClock(native.readClocks);
  const late = createLateExits(procfs);
  let out: ScannedEvent[] = [];
  const emit = (event: ScannedEvent) => void out.push(event);
  const doubts = createDoubts(procfs);
  const account = createLossAccount(lost);
  const { onUnknown } = account;
  const applier = createEventApplier({
    procfs,
    captureEnv,
    table,
    late,
    doubts,
    clock,
    emit,
    onUnknown,
    onNew,
  });
  const counts = { kernelEvents: 0, kernelLost: 0, resubscriptions: 0, reconciliations: 0 };
  let window = createEventWindow(doubts.isDoubtful);
  let stream: ConnectorStream | undefined;
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  /** There is no room for events. */
  let isWaiting = false;
  /** When it was noticed that something was missed. */
  let missedAt: bigint | undefined;
  /** By performance.now(). */
  let reconcileNotBefore = 0;
  let checkLifeAt = 0;

  function work(): void {
    clearTimeout(timer);
    clearImmediate(turn);
    turn = undefined;
    if (clock.compare()) missedAt ??= process.hrtime.bigint();
    const until = performance.now() + TURN_MS;
    const now = process.hrtime.bigint();
    let isOver = true;
    isWaiting = !parts.mayEmit() && !window.isFull;
    while (isOver && !isWaiting && apply(now, false)) isOver = performance.now() < until;
    while (isOver && !isWaiting && window.size < HURRY && applier.completeNext()) isOver = performance.now() < until;
    if ((late.due ?? Number.POSITIVE_INFINITY) <= performance.now()) applier.checkLate(performance.now());
    if (missedAt !== undefined && !isWaiting) makeUp(missedAt, now);
    flush();
    if (stream === undefined) return;
    if (!isOver) turn = setImmediate(work);
    else timer = setTimeout(onTime, waitMs(now)).unref();
  }

  function onTime(): void {
    stream?.checkLoss();
    const now = performance.now();
    if (now >= checkLifeAt) {
      checkLifeAt = now + LIFE_MS;
      stream?.checkLife();
    }
    work();
  }

  /** Applies the first event that waits, if it is its time. */
  function apply(now: bigint, all: boolean): boolean {
    const held = window.take(now, all);
    if (held === undefined) return false;
    applier.apply(held, window.of(held.event.pid), window.size < HURRY && !all);
    return true;
  }

  function makeUp(since: bigint, now: bigint): void {
    const began = performance.now();
    const first = window.oldest;
    const isSettled = first === undefined || first > since || now - since > PATIENCE_NS;
    if (!isSettled || began < reconcileNotBefore) return;
    missedAt = undefined;
    counts.resubscriptions++;
    stream?.resubscribe();
    counts.reconciliations++;
    const made = reconcile();
    watchLeaderless();
    out.push(...made);
    account.onMade(made);
    reconcileNotBefore = performance.now() + (performance.now() - began) / DUTY;
  }

  /** Of the first thread's end nothing is told any more. */
  function watchLeaderless(): void {
    for (const { pid, startTime, stat, ended } of table.values()) {
      if (!ended && stat && isLeaderless(stat)) late.addLeaderless(pid, startTime);
    }
  }

  function flush(): void {
    if (out.length === 0) return;
    const events = out;
    out = [];
    parts.emit(events);
  }

  function waitMs(now: bigint): number {
    if (isWaiting) return IDLE_MS;
    const { due } = window;
    const untilDue = due === undefined ? IDLE_MS : Math.max(Number(due - now) / 1e6, 1);
    const untilLate = late.due === undefined ? IDLE_MS : Math.max(late.due - performance.now(), 1);
    const untilMadeUp = missedAt === undefined ? IDLE_MS : Math.max(reconcileNotBefore - performance.now(), 5);
    return Math.ceil(Math.min(untilDue, untilLate, untilMadeUp, IDLE_MS));
  }

  function end(): void {
    clearTimeout(timer);
    clearImmediate(turn);
    turn = undefined;
    stream?.close();
    stream = undefined;
    while (apply(0n, true));
    flush();
    late.clear();
    window = createEventWindow(doubts.isDoubtful);
    missedAt = undefined;
  }

  return {
    get isActive() {
      return stream !== undefined;
    },
    get counters() {
      return { ...counts, unreadExecs: applier.unreadExecs };
    },
    start() {
      clock.compare();
      const opened = openConnectorStream({
        ...parts,
        onEvents(events) {
          if (stream === undefined) return;
          counts.kernelEvents += events.length;
          for (const held of events) window.push(held);
          work();
        },
        onLoss(count) {
          if (stream === undefined) return;
          counts.kernelLost += count;
          account.onDropped(count);
          // What is dropped now cannot be made up for before.
          missedAt = process.hrtime.bigint();
          work();
        },
        onFailure(error) {
          end();
          parts.onFailure(error);
        },
      });
      if (!("stream" in opened)) return opened;
      stream = opened.stream;
      checkLifeAt = performance.now() + LIFE_MS;
      parts.seed();
      watchLeaderless();
      account.onSeeded(process.hrtime.bigint());
      timer = setTimeout(onTime, IDLE_MS).unref();
      return undefined;
    },
    resume() {
      if (isWaiting && stream !== undefined) work();
    },
    stop: end,
  };
}
