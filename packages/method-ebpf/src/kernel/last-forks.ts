import type { ProcessIdentity } from "@procmon/core";
import type { BpfMap } from "@procmon/native";

/** When this process last forked, in nanoseconds of CLOCK_BOOTTIME, as the kernel has it at this moment; 0 where it has not lately. */
export type LastFork = (identity: ProcessIdentity) => bigint;

/** Makes the reader of the programs' table `last_forks`. A process that had the same pid before may have left its own time there. */
export function createLastFork(forks: Pick<BpfMap, "lookup">): LastFork {
  const key = new Uint8Array(4);
  const keyView = new DataView(key.buffer);
  const value = new Uint8Array(8);
  const view = new DataView(value.buffer);
  return ({ pid }) => {
    keyView.setUint32(0, pid, true);
    return forks.lookup(key, value) ? view.getBigUint64(0, true) : 0n;
  };
}
