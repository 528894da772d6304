import { HOLDER_RECORD } from "../records/holder-record.ts";
import { forEachListed } from "../records/listed-records.ts";
import { HEAD } from "../records/record-head.ts";

/** The inodes of the sockets that several processes hold, in what the iterator of descriptors wrote. Makes nothing of the others. */
export function sharedInodes(bytes: Uint8Array): ReadonlySet<number> {
  const holders = new Map<number, number>();
  const shared = new Set<number>();
  forEachListed(bytes, (view, at, length) => {
    if (length < HOLDER_RECORD.bytes) return;
    const inode = view.getUint32(at + HOLDER_RECORD.inode, true);
    const pid = view.getUint32(at + HEAD.pid, true);
    const holder = holders.get(inode);
    if (holder === undefined) holders.set(inode, pid);
    else if (holder !== pid) shared.add(inode);
  });
  return shared;
}
