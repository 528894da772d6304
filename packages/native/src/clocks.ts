import { loadAddon } from "./load-addon.ts";

/** The kernel's clocks at one moment, in nanoseconds (clock_gettime(2)). */
export interface Clocks {
  /** CLOCK_MONOTONIC: time stamps of the proc connector and of BPF. */
  readonly monotonic: bigint;
  /** CLOCK_BOOTTIME: start times of processes. It goes on while the machine is suspended. */
  readonly boottime: bigint;
  /** CLOCK_REALTIME: since the epoch. */
  readonly realtime: bigint;
}

/** Reads them one right after the other. @throws NativeError `NATIVE_UNAVAILABLE` */
export function readClocks(): Clocks {
  const [monotonic, boottime, realtime] = loadAddon().readClocks();
  return { monotonic, boottime, realtime };
}
