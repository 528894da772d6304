/** The layout of `addon/bpf/ring_source.h`. */
const HEADER_BYTES = 8;

/**
 * Goes through a batch of a ring, in the order in which the programs reserved their records.
 *
 * @param visit gets a view of the whole batch, and where in it the record is; the offset is a multiple of 8 from the view's begin
 */
export function forEachRecord(
  batch: Uint8Array,
  visit: (view: DataView, offset: number, length: number) => void,
): void {
  const { buffer, byteOffset, byteLength } = batch;
  const view = new DataView(buffer, byteOffset, byteLength);
  let at = 0;
  while (at + HEADER_BYTES <= byteLength) {
    const length = view.getUint32(at, true);
    const offset = at + HEADER_BYTES;
    if (length > byteLength - offset) return;
    visit(view, offset, length);
    at = offset + Math.ceil(length / 8) * 8;
  }
}
