import { encodeText } from "../text/utf8-text.ts";
import { createWireWriter, type WireWriter } from "../wire/wire-writer.ts";
import { written } from "../wire/written.ts";

/** One for all messages: encoding never waits. */
const writer: WireWriter = createWireWriter(encodeText);

/** The bytes of a procmon.v1 message whose fields `write` writes, in memory that `copy` chooses. */
export function encodeMessage<Value>(
  write: (writer: WireWriter, value: Value, env: boolean) => void,
  value: Value,
  env: boolean,
  copy?: (bytes: Uint8Array) => Buffer,
): Buffer {
  return written(writer, () => write(writer, value, env), copy);
}
