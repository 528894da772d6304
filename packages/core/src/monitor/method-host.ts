import type { InodeCache } from "../cache/inode-cache.ts";
import type { PidCache } from "../cache/pid-cache.ts";
import { EVENT_TYPES, type MonitorEvent, type MonitorEventType } from "../event/monitor-event.ts";
import type { Logger, Loss, MethodHost } from "../method/monitor-method.ts";
import type { ProcessFinder } from "../process/process-finder.ts";
import type { ProcessStore } from "../process/process-store.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { isEmittedEvent, isLoss } from "./check-event.ts";
import type { Clock } from "./clock.ts";

/** What all methods of one monitor share. */
export interface MethodSurroundings {
  readonly procfs: Procfs;
  readonly processes: ProcessStore;
  readonly finder: ProcessFinder;
  readonly inodes: InodeCache;
  readonly pids: PidCache;
  readonly log: Logger;
  readonly captureEnv: boolean;
  readonly clock: Clock;
  wants(type: MonitorEventType): boolean;
}

/** What belongs to one run of one method. */
export interface MethodHostOptions {
  readonly method: string;
  readonly signal: AbortSignal;
  /** Takes the finished event. */
  pass(event: MonitorEvent): void;
  fail(cause: unknown): void;
}

const INVALID: Loss = { source: "method", cause: "invalid", count: 1 };

/** Makes the host of one run. Whatever a method hands over, nothing is thrown: what is broken is counted as lost. */
export function createMethodHost(surroundings: MethodSurroundings, options: MethodHostOptions): MethodHost {
  const { procfs, processes, finder, inodes, pids, log, captureEnv, clock, wants } = surroundings;
  const { method, signal, pass, fail } = options;

  function lose({ source, cause, eventType, count }: Loss): void {
    const isKnown = eventType !== undefined && EVENT_TYPES.includes(eventType);
    pass({ type: "lost", time: clock(), method, source, cause, count, ...(isKnown ? { eventType } : {}) });
  }

  return {
    procfs,
    processes,
    finder,
    inodes,
    pids,
    log,
    signal,
    captureEnv,
    wants,
    emit(event) {
      try {
        if (isEmittedEvent(event)) pass({ ...event, time: event.time ?? clock(), method });
        else lose(INVALID);
      } catch (error) {
        log.error(`An event of the method ${method} could not be taken in.`, { error });
        lose(INVALID);
      }
    },
    lost(loss) {
      lose(isLoss(loss) ? loss : INVALID);
    },
    fail,
  };
}
