import type { ProcessIdentity } from "./process-identity.ts";
import type { StoredProcess } from "./stored-process.ts";

/** Stored processes by pid: the one that started last, and through its `previous` those that had the pid before. */
export interface PidGenerations {
  has(pid: number): boolean;
  newest(pid: number): StoredProcess | undefined;
  find(identity: ProcessIdentity): StoredProcess | undefined;
  /** The process that had this pid at the given time (clock ticks since boot), as far as is known. */
  at(pid: number, time: bigint): StoredProcess | undefined;
  /** The identity must not be there. Returns the one that was newest before. */
  insert(stored: StoredProcess): StoredProcess | undefined;
  remove(stored: StoredProcess): void;
  clear(): void;
}

/** Makes an empty index. */
export function createPidGenerations(): PidGenerations {
  const byPid = new Map<number, StoredProcess>();

  function at(pid: number, time: bigint): StoredProcess | undefined {
    let found = byPid.get(pid);
    while (found !== undefined && found.process.startTime > time) found = found.previous;
    return found;
  }

  return {
    has: (pid) => byPid.has(pid),
    newest: (pid) => byPid.get(pid),
    find({ pid, startTime }) {
      const found = at(pid, startTime);
      return found?.process.startTime === startTime ? found : undefined;
    },
    at,
    insert(stored) {
      const { pid, startTime } = stored.process;
      const newest = byPid.get(pid);
      if (newest === undefined || newest.process.startTime < startTime) {
        stored.previous = newest;
        byPid.set(pid, stored);
        return newest;
      }
      let after = newest;
      while (after.previous !== undefined && after.previous.process.startTime > startTime) after = after.previous;
      stored.previous = after.previous;
      after.previous = stored;
      return newest;
    },
    remove(stored) {
      const { pid } = stored.process;
      let after = byPid.get(pid);
      if (after === stored) {
        if (stored.previous === undefined) byPid.delete(pid);
        else byPid.set(pid, stored.previous);
      } else {
        while (after !== undefined && after.previous !== stored) after = after.previous;
        if (after !== undefined) after.previous = stored.previous;
      }
      stored.previous = undefined;
    },
    clear: () => byPid.clear(),
  };
}
