import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { type ConnectionTuple, ProcmonError } from "@procmon/core";
import { decodeConnection } from "../procmon-v1/decode-connection.ts";
import { decodeText } from "../text/utf8-text.ts";
import { invalidMessage } from "../wire/invalid-message.ts";
import { createWireReader } from "../wire/wire-reader.ts";

/** @throws ProcmonError `INVALID_MESSAGE` */
export function parseRequest<Schema extends DescMessage>(schema: Schema, bytes: Uint8Array): MessageShape<Schema> {
  checkFields(bytes);
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw invalidMessage(`it is no ${schema.typeName}`, cause);
  }
}

/** The generated code reads over the end of some fields. */
function checkFields(bytes: Uint8Array): void {
  const reader = createWireReader(bytes, decodeText);
  while (reader.next() !== 0) reader.skip();
}

/** What a procmon.v1.FindProcessRequest asks for. */
export interface ProcessWish {
  readonly pid: number;
  readonly env: boolean;
}

/** @throws ProcmonError `INVALID_MESSAGE` */
export function readFindProcessRequest(bytes: Uint8Array): ProcessWish {
  const reader = createWireReader(bytes, decodeText);
  let pid = 0;
  let env = false;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) pid = reader.uint();
    else if (field === 2) env = reader.uint() !== 0;
    else reader.skip();
  }
  return { pid, env };
}

/**
 * The connection of a procmon.v1.FindOwnerRequest.
 *
 * @throws ProcmonError `INVALID_MESSAGE`, `INVALID_CONNECTION`
 */
export function readFindOwnerRequest(bytes: Uint8Array): ConnectionTuple {
  const reader = createWireReader(bytes, decodeText);
  const parts: Uint8Array[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) parts.push(reader.bytes());
    else reader.skip();
  }
  if (parts.length === 0) {
    throw new ProcmonError({
      code: "INVALID_CONNECTION",
      message: "The request names no connection.",
      remedy: "Set its field connection.",
    });
  }
  // Parts of one message in a row are that message, by the rules of protobuf.
  return decodeConnection(Buffer.concat(parts));
}
