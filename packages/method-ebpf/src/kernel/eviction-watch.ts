import type { MethodHost } from "@procmon/core";
import type { BpfMap } from "@procmon/native";

/** Tells when the kernel's table of owners has no room for all sockets. */
export interface EvictionWatch {
  /** Looks, and says so the first time. */
  check(): void;
  /** Owners that made room for others: their sockets are searched for when they are asked for. As far as is known, which is when they are closed. */
  readonly total: number;
}

/** Where `struct owner_counts` of bpf/socket/socket_info.h has the evictions, and its size; there is one for each processor. */
export const OWNER_COUNTS = { added: 0, removed: 8, evicted: 16, bytes: 24 } as const;

/**
 * Makes a watch.
 *
 * @param changes the programs' own table `owner_changes`
 */
export function createEvictionWatch(
  host: Pick<MethodHost, "log">,
  changes: Pick<BpfMap, "lookup" | "valueSize">,
): EvictionWatch {
  const key = new Uint8Array(4);
  const values = new Uint8Array(changes.valueSize);
  const view = new DataView(values.buffer);
  let isTold = false;

  function read(): number {
    if (!changes.lookup(key, values)) return 0;
    let total = 0;
    for (let at = 0; at + OWNER_COUNTS.bytes <= values.length; at += OWNER_COUNTS.bytes) {
      total += Number(view.getBigUint64(at + OWNER_COUNTS.evicted, true));
    }
    return total;
  }

  return {
    check() {
      if (isTold || read() === 0) return;
      isTold = true;
      host.log.warn(
        "ebpf: there are more sockets than the table of owners has room for. The owners of some are searched for, which takes longer; a larger maxSockets helps.",
      );
    },
    get total() {
      return read();
    },
  };
}
