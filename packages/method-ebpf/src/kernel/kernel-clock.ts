import { readClocks } from "@procmon/native";

/** The kernel's time stamps of records, as others tell the time. */
export interface KernelClock {
  /** Nanoseconds since the epoch, of nanoseconds of CLOCK_BOOTTIME. */
  epochAt(boottime: bigint): bigint;
  /** The time of CLOCK_BOOTTIME. */
  now(): bigint;
}

/** Whoever reads two clocks may be interrupted in between: of so many tries, one is not. */
const TRIES = 5;

/** Makes a clock. One offset for all records, so that their order is kept. @throws NativeError `NATIVE_UNAVAILABLE` */
export function createKernelClock(): KernelClock {
  const offset = epochOfBoot();
  return {
    epochAt: (boottime) => boottime + offset,
    now: () => readClocks().boottime,
  };
}

/** The clock that is read second is ahead by as long as the reading took: the smallest difference is the truest. */
function epochOfBoot(): bigint {
  let best: bigint | undefined;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const { boottime, realtime } = readClocks();
    const offset = realtime - boottime;
    if (best === undefined || offset < best) best = offset;
  }
  return best ?? 0n;
}
