import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { decodeText } from "../text/utf8-text.ts";
import { invalidMessage } from "../wire/invalid-message.ts";
import { createWireReader } from "../wire/wire-reader.ts";

/**
 * Reads a message that is not worth a decoder of its own.
 *
 * @throws ProcmonError `INVALID_MESSAGE`
 */
export function readMessage<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw invalidMessage(cause instanceof Error ? cause.message : "it cannot be read", cause);
  }
}

/**
 * The bytes of the message in the field 1 of a response; of several the last; undefined where there is none.
 *
 * @throws ProcmonError `INVALID_MESSAGE`
 */
export function readOnlyField(response: Uint8Array): Uint8Array | undefined {
  const reader = createWireReader(response, decodeText);
  let message: Uint8Array | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message = reader.bytes();
    else reader.skip();
  }
  return message;
}
