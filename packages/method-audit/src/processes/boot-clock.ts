import { readFileSync } from "node:fs";
import type { Procfs } from "@procmon/core";

/** Nanoseconds in a clock tick of `/proc`, the unit of start times (USER_HZ is 100). */
export const TICK_NS = 10_000_000n;

/** Times of records, which are those of the wall clock, as start times of processes. */
export interface BootClock {
  /** As the start time of a process that began then: clock ticks since boot, never below 0. */
  ticksAt(epoch: bigint): bigint;
  /** The beginning of that tick, in nanoseconds since the epoch. */
  epochAt(ticks: bigint): bigint;
  /** Compares the clocks once more: it gets truer with each time, and follows a wall clock that has been set. */
  compare(): void;
}

/** Reads two clocks at one moment, in nanoseconds: that of the wall and CLOCK_BOOTTIME, which may come late by a tick. */
export type ReadClocks = () => { readonly realtime: bigint; readonly boottime: bigint } | undefined;

/** Beyond a tick, so much may pass in between the reading of the two clocks. */
const DELAY_NS = 5_000_000n;

/** Makes a clock. Where the clocks cannot be read, the machine is taken to have begun at the epoch. */
export function createBootClock(read: ReadClocks): BootClock {
  let offset: bigint | undefined;

  function compare(): void {
    const clocks = read();
    if (clocks === undefined) return;
    // A clock that comes late makes the offset too large, by a tick at most: the smallest one is the truest.
    const found = clocks.realtime - clocks.boottime;
    if (offset === undefined || found < offset || found > offset + TICK_NS + DELAY_NS) offset = found;
  }

  compare();
  return {
    ticksAt(epoch) {
      const ticks = (epoch - (offset ?? 0n)) / TICK_NS;
      return ticks < 0n ? 0n : ticks;
    },
    epochAt: (ticks) => ticks * TICK_NS + (offset ?? 0n),
    compare,
  };
}

/** Reads them by Node.js and `/proc/uptime` (proc_uptime(5)), which is in hundredths of a second. */
export function procClocks(procfs: Procfs): ReadClocks {
  return () => {
    try {
      const [, seconds, hundredths] =
        /^(\d{1,12})\.(\d\d) /.exec(readFileSync(`${procfs.root}/uptime`, "latin1")) ?? [];
      if (seconds === undefined || hundredths === undefined) return undefined;
      return { realtime: wallClock(), boottime: BigInt(seconds) * 1_000_000_000n + BigInt(hundredths) * TICK_NS };
    } catch {
      return undefined;
    }
  };
}

/** Nanoseconds since the epoch, in whole milliseconds: the clock that records have their time of. */
export function wallClock(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
