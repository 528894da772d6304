import type { BpfMap } from "@procmon/native";
import { RECORD_KINDS, type RecordKind } from "../records/record-head.ts";

/** How many records of a kind the programs have made, and how many of these found no room in the ring. */
export interface RecordCount {
  readonly produced: number;
  readonly lost: number;
}

/** Reads the programs' own counts. Exact: produced = delivered + lost, as soon as what is in the ring has been read. */
export type ReadRecordCounts = () => ReadonlyMap<RecordKind, RecordCount>;

/** Bytes of `struct record_counts` of bpf/shared/ring.h, of which there is one for each processor. */
const COUNT_BYTES = 16;

/** Makes the reader of the table `counts`. */
export function createRecordCounts(counts: BpfMap): ReadRecordCounts {
  const key = new Uint8Array(4);
  const keyView = new DataView(key.buffer);
  const values = new Uint8Array(counts.valueSize);
  const view = new DataView(values.buffer);
  return () => {
    const found = new Map<RecordKind, RecordCount>();
    for (const [kind, number] of Object.entries(RECORD_KINDS) as [RecordKind, number][]) {
      keyView.setUint32(0, number, true);
      let produced = 0;
      let lost = 0;
      if (counts.lookup(key, values)) {
        for (let at = 0; at + COUNT_BYTES <= values.length; at += COUNT_BYTES) {
          produced += Number(view.getBigUint64(at, true));
          lost += Number(view.getBigUint64(at + 8, true));
        }
      }
      found.set(kind, { produced, lost });
    }
    return found;
  };
}
