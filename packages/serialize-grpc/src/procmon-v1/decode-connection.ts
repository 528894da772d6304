import type { ConnectionTuple } from "@procmon/core";
import { invalidMessage } from "../wire/invalid-message.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { decodeMessage, type Mutable, readUint64 } from "./read-fields.ts";
import { PROTOCOL_WORDS } from "./words.ts";

/**
 * Decodes a procmon.v1.Connection (proto/procmon/v1/connection.proto). Addresses and ports are unchecked.
 *
 * @throws ProcmonError `INVALID_MESSAGE` for bytes that are no message, and for a protocol that this version does not know.
 */
export function decodeConnection(bytes: Uint8Array): ConnectionTuple {
  const connection = decodeMessage(bytes, readConnection);
  if (connection === undefined) throw invalidMessage("its protocol is not set, or is of a newer version");
  return connection;
}

/** Reads the fields of a procmon.v1.Connection; undefined where its protocol is unknown. */
export function readConnection(reader: WireReader): ConnectionTuple | undefined {
  const tuple: Mutable<ConnectionTuple> = { protocol: "tcp", srcIp: "", srcPort: 0, dstIp: "", dstPort: 0 };
  let protocol = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) protocol = reader.uint();
    else if (field === 2) tuple.srcIp = reader.text();
    else if (field === 3) tuple.srcPort = reader.uint32();
    else if (field === 4) tuple.dstIp = reader.text();
    else if (field === 5) tuple.dstPort = reader.uint32();
    else if (field === 6) tuple.netns = readUint64(reader);
    else reader.skip();
  }
  const word = PROTOCOL_WORDS.wordOf(protocol);
  if (word === undefined) return undefined;
  tuple.protocol = word;
  return tuple;
}
