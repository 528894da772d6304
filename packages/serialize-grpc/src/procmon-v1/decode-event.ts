import type {
  AcceptEvent,
  ChecksumChangeEvent,
  CloseEvent,
  ConnectEvent,
  ConnectionTuple,
  ExitEvent,
  FlowEvent,
  ListenEvent,
  LostEvent,
  MethodEvent,
  MonitorEvent,
  Ownership,
  Process,
} from "@procmon/core";
import { emptyTextMap, readTextEntry } from "../wire/text-map.ts";
import type { WireReader } from "../wire/wire-reader.ts";
import { readConnection } from "./decode-connection.ts";
import { readOwnership } from "./decode-ownership.ts";
import { readProcess } from "./decode-process.ts";
import { decodeMessage, type Mutable, readMessage, readUint64 } from "./read-fields.ts";
import { EVENT_TYPE_WORDS, METHOD_CHANGE_WORDS } from "./words.ts";

/** An event whose time and method are still to be set. */
type Read<Event> = Event extends unknown ? Mutable<Event> : never;
type ConnectionEvent = ConnectEvent | AcceptEvent | ListenEvent | CloseEvent | FlowEvent;

/**
 * Decodes a procmon.v1.Event (proto/procmon/v1/event.proto). Undefined where it is of a kind that this version does not know, or
 * where what its kind needs is missing or unknown.
 *
 * @throws ProcmonError `INVALID_MESSAGE` for bytes that are no message.
 */
export function decodeEvent(bytes: Uint8Array): MonitorEvent | undefined {
  return decodeMessage(bytes, readEvent);
}

/** Reads the fields of a procmon.v1.Event; undefined as with {@link decodeEvent}. */
export function readEvent(reader: WireReader): MonitorEvent | undefined {
  let time = 0n;
  let method = "";
  let event: Read<MonitorEvent> | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) time = reader.fixed64();
    else if (field === 2) method = reader.text();
    else if (field <= LAST_KIND) event = readMessage(reader, READERS[field] ?? readNothing);
    else reader.skip();
  }
  if (event === undefined) return undefined;
  event.time = time;
  event.method = method;
  return event;
}

/** By the field of the oneof. */
const READERS: readonly (((reader: WireReader) => Read<MonitorEvent> | undefined) | undefined)[] = [
  undefined,
  undefined,
  undefined,
  (reader) => readProcessEvent(reader, "exec"),
  (reader) => readProcessEvent(reader, "fork"),
  readExit,
  (reader) => readConnectionEvent(reader, "connect"),
  (reader) => readConnectionEvent(reader, "accept"),
  (reader) => readConnectionEvent(reader, "listen"),
  (reader) => readConnectionEvent(reader, "close"),
  (reader) => readConnectionEvent(reader, "flow"),
  (reader) => readProcessEvent(reader, "checksum"),
  readChecksumChange,
  readLost,
  readMethodChange,
];
const LAST_KIND = READERS.length - 1;

function readNothing(): undefined {}

function readProcessEvent(reader: WireReader, type: "exec" | "fork" | "checksum"): Read<MonitorEvent> | undefined {
  let process: Process | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) process = readMessage(reader, readProcess);
    else reader.skip();
  }
  return process && { type, time: 0n, method: "", process };
}

function readExit(reader: WireReader): Read<ExitEvent> | undefined {
  let process: Process | undefined;
  let exitCode: number | undefined;
  let signal: number | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) process = readMessage(reader, readProcess);
    else if (field === 2) exitCode = reader.uint32();
    else if (field === 3) signal = reader.uint32();
    else reader.skip();
  }
  if (process === undefined) return undefined;
  const event: Read<ExitEvent> = { type: "exit", time: 0n, method: "", process };
  if (exitCode !== undefined) event.exitCode = exitCode;
  if (signal !== undefined) event.signal = signal;
  return event;
}

function readConnectionEvent(reader: WireReader, type: ConnectionEvent["type"]): Read<ConnectionEvent> | undefined {
  let connection: ConnectionTuple | undefined;
  let ownership: Ownership | undefined;
  let process: Process | undefined;
  const rest: { error?: string; duration?: bigint; bytesSent?: bigint; bytesReceived?: bigint } = {};
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) connection = readMessage(reader, readConnection);
    else if (field === 2) ownership = readMessage(reader, readOwnership);
    else if (field === 3) process = readMessage(reader, readProcess);
    else if (field === 4 && type === "connect") rest.error = reader.text();
    else if (field === 4 && type === "close") rest.duration = reader.bigUint();
    else if (field === 5 && type === "close") rest.bytesSent = reader.bigUint();
    else if (field === 6 && type === "close") rest.bytesReceived = reader.bigUint();
    else reader.skip();
  }
  if (connection === undefined || ownership === undefined) return undefined;
  const event: Read<ConnectionEvent> = { type, time: 0n, method: "", connection, ownership, ...rest };
  if (process !== undefined) event.process = process;
  return event;
}

function readChecksumChange(reader: WireReader): Read<ChecksumChangeEvent> | undefined {
  let process: Process | undefined;
  let path = "";
  const previous = emptyTextMap();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) process = readMessage(reader, readProcess);
    else if (field === 2) path = reader.text();
    else if (field === 3) readTextEntry(reader, previous);
    else reader.skip();
  }
  return process && { type: "checksum-change", time: 0n, method: "", process, path, previous };
}

function readLost(reader: WireReader): Read<LostEvent> {
  const event: Read<LostEvent> = { type: "lost", time: 0n, method: "", source: "", cause: "", count: 0 };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) event.source = reader.text();
    else if (field === 2) event.cause = reader.text();
    else if (field === 3) {
      const type = EVENT_TYPE_WORDS.wordOf(reader.uint());
      if (type !== undefined) event.eventType = type;
    } else if (field === 4) event.count = readUint64(reader);
    else reader.skip();
  }
  return event;
}

function readMethodChange(reader: WireReader): Read<MethodEvent> | undefined {
  let number = 0;
  const rest: { from?: string; reason?: string } = {};
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) number = reader.uint();
    else if (field === 2) rest.from = reader.text();
    else if (field === 3) rest.reason = reader.text();
    else reader.skip();
  }
  const change = METHOD_CHANGE_WORDS.wordOf(number);
  return change && { type: "method", time: 0n, method: "", change, ...rest };
}
