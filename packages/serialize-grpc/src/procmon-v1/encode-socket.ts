import type { InetSocketEntry, PacketSocketEntry, SocketEntry, UnixSocketEntry } from "@procmon/core";
import type { WireWriter } from "../wire/wire-writer.ts";
import { writeConnection } from "./encode-connection.ts";
import { encodeMessage } from "./encode-message.ts";
import { writeOwnership } from "./encode-ownership.ts";
import { PACKET_SOCKET_TYPE_WORDS, SOCKET_STATE_WORDS, UNIX_SOCKET_TYPE_WORDS } from "./words.ts";
import {
  enumNumber,
  optionalMessage,
  optionalText,
  optionalUint32,
  optionalUint64,
  plainUint32,
  plainUint64,
} from "./write-fields.ts";

/** Encodes a procmon.v1.Socket (proto/procmon/v1/connection.proto). */
export function encodeSocket(entry: SocketEntry): Buffer {
  return encodeMessage(writeSocket, entry, false);
}

/** Writes the fields of a procmon.v1.Socket. */
export function writeSocket(writer: WireWriter, entry: SocketEntry): void {
  enumNumber(writer, 1, SOCKET_STATE_WORDS.numberOf(entry.state));
  plainUint64(writer, 2, entry.inode);
  optionalUint32(writer, 3, entry.uid);
  optionalUint64(writer, 4, entry.netns);
  optionalUint64(writer, 5, entry.receiveQueue);
  optionalUint64(writer, 6, entry.sendQueue);
  optionalMessage(writer, 7, entry.ownership, writeOwnership);
  switch (entry.family) {
    case "inet":
      optionalMessage(writer, 8, entry, writeInetSocket);
      break;
    case "unix":
      optionalMessage(writer, 9, entry, writeUnixSocket);
      break;
    case "packet":
      optionalMessage(writer, 10, entry, writePacketSocket);
      break;
    default:
      entry satisfies never;
  }
}

function writeInetSocket(writer: WireWriter, { connection }: InetSocketEntry): void {
  optionalMessage(writer, 1, connection, writeConnection);
}

function writeUnixSocket(writer: WireWriter, { type, path, peerInode }: UnixSocketEntry): void {
  enumNumber(writer, 1, UNIX_SOCKET_TYPE_WORDS.numberOf(type));
  optionalText(writer, 2, path);
  optionalUint64(writer, 3, peerInode);
}

function writePacketSocket(writer: WireWriter, { type, etherType, interfaceIndex }: PacketSocketEntry): void {
  enumNumber(writer, 1, PACKET_SOCKET_TYPE_WORDS.numberOf(type));
  plainUint32(writer, 2, etherType);
  plainUint32(writer, 3, interfaceIndex);
}
