import type { ProcessIdentity } from "@procmon/core";
import type { ScannedEvent } from "../scan/scan-messages.ts";
import type { ProcessWatch } from "./process-watch.ts";
import type { SocketPoller } from "./socket-poller.ts";

/** Looks again and again at what somebody wants to know of. */
export interface PollLoop {
  /**
   * Sets what is looked at. What is new in it is looked at once before this returns, so that all that happens from now on is seen.
   * Unless `live`, that is all for the time being: nobody wants to know yet.
   */
  watch(processes: boolean, sockets: boolean, live: boolean): void;
  /** Goes on where it had no more to look at, and has again. */
  wake(): void;
  readonly rounds: number;
}

/** What a loop works with. */
export interface PollLoopParts {
  readonly processes: ProcessWatch;
  readonly sockets: SocketPoller;
  /** Milliseconds between two rounds, at least. */
  readonly pollMs: number;
  /** Likely holders of new sockets. */
  recent(): readonly ProcessIdentity[];
  emit(events: readonly ScannedEvent[]): void;
  /** After each round. */
  onRound(): void;
}

/** A round may take this part of the time at most: where it takes long, rounds become rarer. */
const DUTY = 1 / 5;

/** Makes a loop that stands still. */
export function createPollLoop({ processes, sockets, pollMs, recent, emit, onRound }: PollLoopParts): PollLoop {
  let wantProcesses = false;
  let wantSockets = false;
  let isLive = false;
  let timer: NodeJS.Timeout | undefined;
  let rounds = 0;

  function round(): void {
    const began = performance.now();
    rounds++;
    if (wantProcesses) processes.round();
    if (wantSockets) {
      const fresh = processes.takeNewPids().map((pid) => ({ pid, startTime: 0n }));
      emit(sockets.poll([...fresh, ...recent()]));
    }
    onRound();
    const cost = performance.now() - began;
    timer = undefined;
    if (isLive && (wantSockets || processes.isPolling)) {
      timer = setTimeout(round, Math.max(pollMs - cost, cost * (1 / DUTY - 1)));
    }
  }

  return {
    get rounds() {
      return rounds;
    },
    watch(nextProcesses, nextSockets, live) {
      clearTimeout(timer);
      timer = undefined;
      isLive = live;
      if (wantProcesses && !nextProcesses) processes.stop();
      if (nextProcesses && !wantProcesses) processes.start();
      if (nextSockets && !wantSockets) sockets.reset();
      wantProcesses = nextProcesses;
      wantSockets = nextSockets;
      if (wantProcesses || wantSockets) round();
    },
    wake() {
      if (isLive && timer === undefined && processes.isPolling) round();
    },
  };
}
