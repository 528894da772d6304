import { HEAD, HEAD_BYTES } from "./record-head.ts";

/** Visits the records of a list, which follow each other; what does not hold a whole record ends it. */
export function forEachListed(list: Uint8Array, visit: (view: DataView, offset: number, length: number) => void): void {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  for (let offset = 0; offset + HEAD_BYTES <= list.byteLength; ) {
    const length = view.getUint32(offset + HEAD.size, true);
    if (length < HEAD_BYTES || offset + length > list.byteLength) return;
    visit(view, offset, length);
    offset += length;
  }
}
