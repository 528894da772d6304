import { listPids, type Procfs, readStat } from "@procmon/core";
import { isEnding } from "../events/process-table.ts";

/** Processes of which the kernel will tell no more, and that are not gone yet. */
export interface LateExits {
  /** When the next is to be looked at, by performance.now(); undefined where there is none. */
  readonly due: number | undefined;
  /** Watches one whose first thread has ended while others live on. */
  addLeaderless(pid: number, startTime: bigint): void;
  /** Watches one that has ended, and waits to be reaped. */
  addZombie(pid: number): void;
  delete(pid: number): void;
  /** Those that have changed: `ended` had no first thread, `reaped` is gone. */
  check(now: number): readonly { readonly pid: number; readonly change: "ended" | "reaped" }[];
  clear(): void;
}

interface Leaderless {
  readonly startTime: bigint;
  /** When it is looked at next, by performance.now(), and how long after that again. */
  nextAt: number;
  wait: number;
}

/** A group mostly ends within a moment; one that does not may live for days. Milliseconds. */
const FIRST_WAIT = 10;
const LONGEST_WAIT = 1000;

/** Zombies are looked for together, so rarely: nothing depends on it but memory. Milliseconds. */
const SWEEP_MS = 5000;

/** Makes an empty watch. */
export function createLateExits(procfs: Procfs): LateExits {
  const leaderless = new Map<number, Leaderless>();
  const zombies = new Set<number>();
  let sweepAt = 0;

  return {
    get due() {
      let due = zombies.size > 0 ? sweepAt : undefined;
      for (const { nextAt } of leaderless.values()) if (due === undefined || nextAt < due) due = nextAt;
      return due;
    },
    addLeaderless(pid, startTime) {
      leaderless.set(pid, { startTime, nextAt: performance.now() + FIRST_WAIT, wait: FIRST_WAIT });
    },
    addZombie(pid) {
      if (zombies.size === 0) sweepAt = performance.now() + SWEEP_MS;
      zombies.add(pid);
    },
    delete(pid) {
      leaderless.delete(pid);
      zombies.delete(pid);
    },
    check(now) {
      const changes: { pid: number; change: "ended" | "reaped" }[] = [];
      for (const [pid, late] of leaderless) {
        if (late.nextAt > now) continue;
        late.wait = Math.min(late.wait * 2, LONGEST_WAIT);
        late.nextAt = now + late.wait;
        const read = readStat(procfs, pid);
        if (read.ok && read.value.startTime === late.startTime && !isEnding(read.value)) continue;
        leaderless.delete(pid);
        changes.push({ pid, change: "ended" });
      }
      if (zombies.size > 0 && now >= sweepAt) {
        sweepAt = now + SWEEP_MS;
        const present = new Set(listPids(procfs));
        for (const pid of zombies) {
          if (present.has(pid)) continue;
          zombies.delete(pid);
          changes.push({ pid, change: "reaped" });
        }
      }
      return changes;
    },
    clear() {
      leaderless.clear();
      zombies.clear();
    },
  };
}
