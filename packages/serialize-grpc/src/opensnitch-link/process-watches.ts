import type { Procfs } from "@procmon/core";
import { readMonitoredProcess } from "./monitored-process.ts";

/** Processes of which the UI is told again and again. */
export interface ProcessWatches {
  readonly size: number;
  has(pid: number): boolean;
  /**
   * Tells of a process at once, unless too much is asked for, and then each `everyMs`, by replies to the notification
   * `id`. One at a time for each pid: the newest.
   */
  start(pid: number, id: bigint, everyMs: number): void;
  stop(pid: number): void;
  stopAll(): void;
}

/** What watches are made with. */
export interface ProcessWatchesOptions {
  readonly procfs: Procfs;
  readonly env: boolean;
  /** Takes JSON of a process. */
  tell(id: bigint, json: string): void;
  /** Takes a sentence for the user: nothing more will be told of this process. */
  fail(id: bigint, reason: string): void;
  /** False where the UI has not taken what it was told: then a moment is left out. */
  mayTell(): boolean;
}

/** At the same time: each costs some milliseconds of reading every time. */
export const MAX_WATCHES = 8;
/** So many may be looked at as soon as they are asked for in this many milliseconds. */
const STARTS_MS = 1000;

interface Watch {
  readonly id: bigint;
  readonly timer: NodeJS.Timeout;
  startTime: bigint | undefined;
}

/** Makes a set without watches. */
export function createProcessWatches({ procfs, env, tell, fail, mayTell }: ProcessWatchesOptions): ProcessWatches {
  const watches = new Map<number, Watch>();
  let startedSince = performance.now();
  let started = 0;

  /** A UI that asks without end would have everything else here wait: then the first look has to wait. */
  function mayLookAtOnce(): boolean {
    const now = performance.now();
    if (now - startedSince >= STARTS_MS) {
      startedSince = now;
      started = 0;
    }
    return ++started <= MAX_WATCHES;
  }

  function stop(pid: number): void {
    clearInterval(watches.get(pid)?.timer);
    watches.delete(pid);
  }

  function look(pid: number): void {
    const watch = watches.get(pid);
    if (watch === undefined || !mayTell()) return;
    const found = readMonitoredProcess(procfs, pid, env);
    if (found === undefined || (watch.startTime !== undefined && found.startTime !== watch.startTime)) {
      stop(pid);
      fail(watch.id, `The process ${pid} is no longer running.`);
    } else {
      watch.startTime = found.startTime;
      tell(watch.id, found.json);
    }
  }

  return {
    get size() {
      return watches.size;
    },
    has: (pid) => watches.has(pid),
    start(pid, id, everyMs) {
      if (!watches.has(pid) && watches.size >= MAX_WATCHES) {
        return fail(id, `${MAX_WATCHES} processes are being shown already: close the window of one.`);
      }
      stop(pid);
      watches.set(pid, { id, timer: setInterval(look, everyMs, pid), startTime: undefined });
      if (mayLookAtOnce()) look(pid);
    },
    stop,
    stopAll() {
      for (const pid of [...watches.keys()]) stop(pid);
    },
  };
}
