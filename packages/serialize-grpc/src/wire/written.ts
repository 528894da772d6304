import type { WireWriter } from "./wire-writer.ts";

/** The bytes of one message whose fields `write` writes, in memory that `copy` chooses. The writer is empty then, also where that throws. */
export function written(
  writer: WireWriter,
  write: (writer: WireWriter) => void,
  copy?: (bytes: Uint8Array) => Buffer,
): Buffer {
  try {
    write(writer);
  } catch (error) {
    // Half a message must not stand in front of the next one.
    writer.finish();
    throw error;
  }
  return writer.finish(copy);
}
