import type { ConnectionTuple, Ownership, SocketEntry } from "@procmon/core";
import type { WireReader } from "../wire/wire-reader.ts";
import { readConnection } from "./decode-connection.ts";
import { readOwnership } from "./decode-ownership.ts";
import { decodeMessage, type Mutable, readMessage, readUint64 } from "./read-fields.ts";
import { PACKET_SOCKET_TYPE_WORDS, SOCKET_STATE_WORDS, UNIX_SOCKET_TYPE_WORDS } from "./words.ts";

type Family<Entry> = Entry extends unknown ? Omit<Entry, CommonKey> : never;
type CommonKey = "state" | "inode" | "uid" | "netns" | "receiveQueue" | "sendQueue" | "ownership";
type SocketFamily = Family<SocketEntry>;
type UnixFamily = Extract<SocketFamily, { family: "unix" }>;
type PacketFamily = Extract<SocketFamily, { family: "packet" }>;

/**
 * Decodes a procmon.v1.Socket (proto/procmon/v1/connection.proto). Undefined where its state, its family, its type or its ownership
 * is missing, or of a kind that this version does not know.
 *
 * @throws ProcmonError `INVALID_MESSAGE` for bytes that are no message.
 */
export function decodeSocket(bytes: Uint8Array): SocketEntry | undefined {
  return decodeMessage(bytes, readSocket);
}

/** Reads the fields of a procmon.v1.Socket; undefined as with {@link decodeSocket}. */
export function readSocket(reader: WireReader): SocketEntry | undefined {
  const common: { inode: number } & Mutable<Pick<SocketEntry, "uid" | "netns" | "receiveQueue" | "sendQueue">> = {
    inode: 0,
  };
  let stateNumber = 0;
  let ownership: Ownership | undefined;
  let family: SocketFamily | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) stateNumber = reader.uint();
    else if (field === 2) common.inode = readUint64(reader);
    else if (field === 3) common.uid = reader.uint32();
    else if (field === 4) common.netns = readUint64(reader);
    else if (field === 5) common.receiveQueue = readUint64(reader);
    else if (field === 6) common.sendQueue = readUint64(reader);
    else if (field === 7) ownership = readMessage(reader, readOwnership);
    else if (field === 8) family = readMessage(reader, readInetSocket);
    else if (field === 9) family = readMessage(reader, readUnixSocket);
    else if (field === 10) family = readMessage(reader, readPacketSocket);
    else reader.skip();
  }
  const state = SOCKET_STATE_WORDS.wordOf(stateNumber);
  if (state === undefined || ownership === undefined || family === undefined) return undefined;
  return { state, ...common, ownership, ...family };
}

function readInetSocket(reader: WireReader): SocketFamily | undefined {
  let connection: ConnectionTuple | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) connection = readMessage(reader, readConnection);
    else reader.skip();
  }
  return connection && { family: "inet", connection };
}

function readUnixSocket(reader: WireReader): SocketFamily | undefined {
  const socket: Mutable<UnixFamily> = { family: "unix", type: "stream" };
  let type = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) type = reader.uint();
    else if (field === 2) socket.path = reader.text();
    else if (field === 3) socket.peerInode = readUint64(reader);
    else reader.skip();
  }
  const word = UNIX_SOCKET_TYPE_WORDS.wordOf(type);
  if (word === undefined) return undefined;
  socket.type = word;
  return socket;
}

function readPacketSocket(reader: WireReader): SocketFamily | undefined {
  const socket: Mutable<PacketFamily> = { family: "packet", type: "raw", etherType: 0, interfaceIndex: 0 };
  let type = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) type = reader.uint();
    else if (field === 2) socket.etherType = reader.uint32();
    else if (field === 3) socket.interfaceIndex = reader.uint32();
    else reader.skip();
  }
  const word = PACKET_SOCKET_TYPE_WORDS.wordOf(type);
  if (word === undefined) return undefined;
  socket.type = word;
  return socket;
}
