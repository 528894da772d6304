import type { BpfMap } from "@procmon/native";

/** The kind under which `counts` has forks and execs together: bpf/shared/ring.h. */
const PROCESS_CHANGES = 0;

/** Offsets in `struct record_counts` of bpf/shared/ring.h, of which there is one for each processor, and its size. */
const PRODUCED = 0;
const LOST = 8;
const COUNT_BYTES = 16;

/**
 * Makes what tells whether the kernel has told of a fork or an exec that has not been read yet: then what is known of any process may be what it ran
 * before, and others may hold what it holds. One question to the kernel.
 *
 * @param counts the programs' own table of how many records they have made
 * @param delivered how many forks and execs have been read
 */
export function createUnreadChanges(
  counts: Pick<BpfMap, "lookup" | "valueSize">,
  delivered: () => number,
): () => boolean {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, PROCESS_CHANGES, true);
  const values = new Uint8Array(counts.valueSize);
  const view = new DataView(values.buffer);

  function read(at: number): number {
    return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
  }

  return () => {
    if (!counts.lookup(key, values)) return false;
    let inRing = 0;
    for (let at = 0; at + COUNT_BYTES <= values.length; at += COUNT_BYTES)
      inRing += read(at + PRODUCED) - read(at + LOST);
    return inRing > delivered();
  };
}
