import type { ConnectionTuple } from "@procmon/core";
import type { WireWriter } from "../wire/wire-writer.ts";
import { encodeMessage } from "./encode-message.ts";
import { PROTOCOL_WORDS } from "./words.ts";
import { enumNumber, optionalUint64, plainText, plainUint32 } from "./write-fields.ts";

/** Encodes a procmon.v1.Connection (proto/procmon/v1/connection.proto). */
export function encodeConnection(connection: ConnectionTuple): Buffer {
  return encodeMessage(writeConnection, connection, false);
}

/** Writes the fields of a procmon.v1.Connection. */
export function writeConnection(writer: WireWriter, connection: ConnectionTuple): void {
  enumNumber(writer, 1, PROTOCOL_WORDS.numberOf(connection.protocol));
  plainText(writer, 2, connection.srcIp);
  plainUint32(writer, 3, connection.srcPort);
  plainText(writer, 4, connection.dstIp);
  plainUint32(writer, 5, connection.dstPort);
  optionalUint64(writer, 6, connection.netns);
}
