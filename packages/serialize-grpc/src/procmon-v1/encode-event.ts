import type {
  AcceptEvent,
  ChecksumChangeEvent,
  CloseEvent,
  ConnectEvent,
  ExitEvent,
  FlowEvent,
  ListenEvent,
  LostEvent,
  MethodEvent,
  MonitorEvent,
  Process,
} from "@procmon/core";
import type { WireWriter } from "../wire/wire-writer.ts";
import { writeConnection } from "./encode-connection.ts";
import { encodeMessage } from "./encode-message.ts";
import { writeOwnership } from "./encode-ownership.ts";
import { type EncodeOptions, writeProcess } from "./encode-process.ts";
import { EVENT_TYPE_WORDS, METHOD_CHANGE_WORDS } from "./words.ts";
import {
  enumNumber,
  optionalBigUint,
  optionalMessage,
  optionalText,
  optionalUint32,
  plainFixed64,
  plainText,
  plainUint64,
  textMap,
} from "./write-fields.ts";

/** The field of the oneof. */
const KIND_FIELDS: ReadonlyMap<unknown, number> = new Map(
  Object.entries({
    exec: 3,
    fork: 4,
    exit: 5,
    connect: 6,
    accept: 7,
    listen: 8,
    close: 9,
    flow: 10,
    checksum: 11,
    "checksum-change": 12,
    lost: 13,
    method: 14,
  } satisfies Record<MonitorEvent["type"], number>),
);

/** How to encode an event. */
export interface EncodeEventOptions extends EncodeOptions {
  /** What `encodeProcess(event.process, options)` gives, where it is known already: several events may tell of one process. */
  readonly encodedProcess?: Uint8Array | undefined;
}

/** Encodes a procmon.v1.Event (proto/procmon/v1/event.proto). What a field cannot hold, as NaN, is left out. */
export function encodeEvent(event: MonitorEvent, options?: EncodeEventOptions): Buffer {
  return encodeMessage(
    (writer) => writeEvent(writer, event, options?.env === true, options?.encodedProcess),
    event,
    false,
  );
}

/** Writes the fields of a procmon.v1.Event. `encodedProcess`: see {@link EncodeEventOptions}. */
export function writeEvent(writer: WireWriter, event: MonitorEvent, env: boolean, encodedProcess?: Uint8Array): void {
  plainFixed64(writer, 1, event.time);
  plainText(writer, 2, event.method);
  const field = KIND_FIELDS.get(event.type);
  if (field === undefined) return;
  const mark = writer.begin(field);
  writeKind(writer, event, env, encodedProcess);
  writer.end(mark);
}

function writeKind(writer: WireWriter, event: MonitorEvent, env: boolean, encoded: Uint8Array | undefined): void {
  switch (event.type) {
    case "exec":
    case "fork":
    case "checksum":
      writeProcessField(writer, 1, event.process, env, encoded);
      break;
    case "exit":
      writeProcessField(writer, 1, event.process, env, encoded);
      writeExit(writer, event);
      break;
    case "connect":
    case "accept":
    case "listen":
    case "close":
    case "flow":
      writeConnectionEvent(writer, event, env, encoded);
      break;
    case "checksum-change":
      writeProcessField(writer, 1, event.process, env, encoded);
      writeChecksumChange(writer, event);
      break;
    case "lost":
      writeLost(writer, event);
      break;
    case "method":
      writeMethodChange(writer, event);
      break;
    default:
      event satisfies never;
  }
}

function writeProcessField(
  writer: WireWriter,
  field: number,
  process: Process | undefined,
  env: boolean,
  encoded: Uint8Array | undefined,
): void {
  if (typeof process !== "object" || process === null) return;
  if (encoded !== undefined) {
    writer.bytes(field, encoded);
    return;
  }
  const mark = writer.begin(field);
  writeProcess(writer, process, env);
  writer.end(mark);
}

function writeConnectionEvent(
  writer: WireWriter,
  event: ConnectEvent | AcceptEvent | ListenEvent | CloseEvent | FlowEvent,
  env: boolean,
  encoded: Uint8Array | undefined,
): void {
  optionalMessage(writer, 1, event.connection, writeConnection);
  optionalMessage(writer, 2, event.ownership, writeOwnership);
  writeProcessField(writer, 3, event.process, env, encoded);
  if (event.type === "connect") {
    optionalText(writer, 4, event.error);
  } else if (event.type === "close") {
    optionalBigUint(writer, 4, event.duration);
    optionalBigUint(writer, 5, event.bytesSent);
    optionalBigUint(writer, 6, event.bytesReceived);
  }
}

function writeExit(writer: WireWriter, { exitCode, signal }: ExitEvent): void {
  optionalUint32(writer, 2, exitCode);
  optionalUint32(writer, 3, signal);
}

function writeChecksumChange(writer: WireWriter, { path, previous }: ChecksumChangeEvent): void {
  plainText(writer, 2, path);
  textMap(writer, 3, previous);
}

function writeLost(writer: WireWriter, { source, cause, eventType, count }: LostEvent): void {
  plainText(writer, 1, source);
  plainText(writer, 2, cause);
  enumNumber(writer, 3, EVENT_TYPE_WORDS.numberOf(eventType));
  plainUint64(writer, 4, count);
}

function writeMethodChange(writer: WireWriter, { change, from, reason }: MethodEvent): void {
  enumNumber(writer, 1, METHOD_CHANGE_WORDS.numberOf(change));
  optionalText(writer, 2, from);
  optionalText(writer, 3, reason);
}
