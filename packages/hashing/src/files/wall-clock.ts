import { closeSync, openSync, readSync } from "node:fs";
import type { Procfs } from "@procmon/core";

const NS_PER_MS = 1_000_000n;
const NS_PER_TICK = 10n * NS_PER_MS;

/** `Date.now()` leaves out what is less than a millisecond, `uptime` what is less than 10. */
const SLACK = 12n * NS_PER_MS;

/** How often both clocks are read, where they were not read right after each other. */
const TRIES = 5;

const bytes = Buffer.allocUnsafe(64);

/**
 * A start time, in clock ticks (1/100 s) since boot, as nanoseconds since the epoch by this machine's clock of now. About 20 ms
 * too early, never too late. `/proc/uptime` counts on while the machine sleeps, as start times do (proc_uptime(5)); `btime` of `/proc/stat` would
 * tell whole seconds only. Undefined where it cannot be read.
 */
export function wallClockOf(procfs: Procfs, startTime: bigint): bigint | undefined {
  let boot: bigint | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    // First the one, then the other: what comes in between makes it earlier.
    const before = Date.now();
    const uptime = readUptime(procfs);
    if (uptime === undefined) break;
    const found = BigInt(before) * NS_PER_MS - uptime;
    if (boot === undefined || found > boot) boot = found;
    // On a busy machine this thread may have had to wait.
    if (Date.now() - before <= 1) break;
  }
  return boot === undefined ? undefined : boot - SLACK + startTime * NS_PER_TICK;
}

/** Nanoseconds since boot, in steps of 10 ms. */
function readUptime(procfs: Procfs): bigint | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(`${procfs.root}/uptime`, "r");
    const text = bytes.toString("latin1", 0, readSync(fd, bytes, 0, bytes.length, 0));
    const [, seconds, hundredths] = /^(\d{1,12})\.(\d\d) /.exec(text) ?? [];
    return seconds === undefined ? undefined : BigInt(`${seconds}${hundredths}`) * NS_PER_TICK;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
