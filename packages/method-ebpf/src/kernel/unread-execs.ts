import type { BpfMap } from "@procmon/native";
import { RECORD_KINDS } from "../records/record-head.ts";

/** Offsets in `struct record_counts` of bpf/shared/ring.h, of which there is one for each processor, and its size. */
const PRODUCED = 0;
const LOST = 8;
const COUNT_BYTES = 16;

/**
 * Makes what tells whether the kernel has told of an exec that has not been read yet: then what is known of any process may be what it ran before.
 * One question to the kernel.
 *
 * @param counts the programs' own table of how many records they have made
 * @param delivered how many execs have been read
 */
export function createUnreadExecs(
  counts: Pick<BpfMap, "lookup" | "valueSize">,
  delivered: () => number,
): () => boolean {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, RECORD_KINDS.exec, true);
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
