import type { ProcessIdentity } from "@procmon/core";
import type { ProcessPoller } from "./process-poller.ts";
import type { ScannedEvent, ScanReply } from "./scan-messages.ts";
import type { SocketPoller } from "./socket-poller.ts";

/** Looks again and again at what somebody wants to know of. */
export interface PollLoop {
  /**
   * Sets what is looked at. What is new in it is looked at once before this returns, so that all that happens from now on is seen.
   * Unless `live`, that is all for the time being: nobody wants to know yet.
   */
  watch(processes: boolean, sockets: boolean, live: boolean): void;
  readonly rounds: number;
}

/** What a loop works with. */
export interface PollLoopParts {
  readonly processes: ProcessPoller;
  readonly sockets: SocketPoller;
  /** Milliseconds between two rounds, at least. */
  readonly pollMs: number;
  /** Likely holders of new sockets. */
  recent(): readonly ProcessIdentity[];
  post(reply: ScanReply): void;
  /** After each round. */
  onRound(): void;
}

/** A round may take this part of the time at most: where it takes long, rounds become rarer. */
const DUTY = 1 / 5;

/** Events in one message. */
const BATCH = 64;

/** Makes a loop that stands still. */
export function createPollLoop({ processes, sockets, pollMs, recent, post, onRound }: PollLoopParts): PollLoop {
  let wantProcesses = false;
  let wantSockets = false;
  let timer: NodeJS.Timeout | undefined;
  let rounds = 0;

  function round(): void {
    const began = performance.now();
    rounds++;
    const events: ScannedEvent[] = [];
    if (wantProcesses) events.push(...processes.poll());
    if (wantSockets) {
      const fresh = processes.newPids.map((pid) => ({ pid, startTime: 0n }));
      events.push(...sockets.poll([...fresh, ...recent()]));
    }
    for (let at = 0; at < events.length; at += BATCH) post({ type: "events", events: events.slice(at, at + BATCH) });
    onRound();
    const cost = performance.now() - began;
    timer = setTimeout(round, Math.max(pollMs - cost, cost * (1 / DUTY - 1)));
  }

  return {
    get rounds() {
      return rounds;
    },
    watch(nextProcesses, nextSockets, live) {
      clearTimeout(timer);
      timer = undefined;
      if (nextProcesses && !wantProcesses) processes.reset();
      if (nextSockets && !wantSockets) sockets.reset();
      wantProcesses = nextProcesses;
      wantSockets = nextSockets;
      if (!wantProcesses && !wantSockets) return;
      round();
      if (!live) clearTimeout(timer);
    },
  };
}
