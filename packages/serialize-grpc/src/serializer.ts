import { type MonitorEvent, type Process, ProcmonError, type Serializer } from "@procmon/core";
import type { Alert } from "./generated/opensnitch/ui_pb.js";
import { openSnitchAlert } from "./opensnitch/alert.ts";
import { decodeOpenSnitchProcess, type OpenSnitchProcess } from "./opensnitch/decode-process.ts";
import { encodeOpenSnitchProcess } from "./opensnitch/encode-process.ts";
import { decodeOpenSnitchAlert } from "./opensnitch/messages.ts";
import { decodeEvent } from "./procmon-v1/decode-event.ts";
import { decodeProcess } from "./procmon-v1/decode-process.ts";
import { encodeEvent } from "./procmon-v1/encode-event.ts";
import { encodeProcess } from "./procmon-v1/encode-process.ts";

/** Whose messages: `procmon.v1` has all that is known, `opensnitch` what OpenSnitch's UI reads. */
export type ProtobufSchema = "procmon.v1" | "opensnitch";

/** Settings of a serializer. */
export interface ProtobufSerializerOptions<Schema extends ProtobufSchema = ProtobufSchema> {
  /** @default "procmon.v1" */
  readonly schema?: Schema;
  /** With the environment of processes; it holds secrets. @default false */
  readonly env?: boolean;
}

/** Processes and events as messages of procmon.v1 (proto/procmon/v1). They come back as they were. */
export interface ProcmonSerializer extends Serializer {
  readonly name: "protobuf";
  /** @throws ProcmonError `INVALID_MESSAGE` */
  deserializeProcess(bytes: Uint8Array): Process;
  /**
   * Undefined for an event of a kind that this version does not know.
   *
   * @throws ProcmonError `INVALID_MESSAGE`
   */
  deserializeEvent(bytes: Uint8Array): MonitorEvent | undefined;
}

/**
 * Processes as OpenSnitch's messages `Process`, events as its `Alert` (proto/opensnitch/ui.proto), which have not all
 * that is known.
 */
export interface OpenSnitchSerializer extends Serializer {
  readonly name: "protobuf-opensnitch";
  /** @throws ProcmonError `INVALID_MESSAGE` */
  deserializeProcess(bytes: Uint8Array): OpenSnitchProcess;
  /** @throws ProcmonError `INVALID_MESSAGE` */
  deserializeEvent(bytes: Uint8Array): Alert;
}

/** The serializer that a schema gives. */
export type SerializerOf<Schema extends ProtobufSchema> = Schema extends "opensnitch"
  ? OpenSnitchSerializer
  : ProcmonSerializer;

/**
 * Makes a serializer of protobuf messages.
 *
 * @example
 * const serializer = protobufSerializer();
 * socket.write(serializer.serializeEvent(event));
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function protobufSerializer<Schema extends ProtobufSchema = "procmon.v1">(
  options: ProtobufSerializerOptions<Schema> = {},
): SerializerOf<Schema> {
  const { schema = "procmon.v1", env = false }: ProtobufSerializerOptions = checkObject(options);
  if (typeof env !== "boolean") throw invalid("env must be true or false.", "Leave it out to send no environment.");
  return makeSerializer(schema, env) as SerializerOf<Schema>;
}

function makeSerializer(schema: ProtobufSchema, env: boolean): ProcmonSerializer | OpenSnitchSerializer {
  if (schema === "procmon.v1") return procmonSerializer(env);
  if (schema === "opensnitch") return openSnitchSerializer(env);
  throw invalid(
    `There is no schema ${JSON.stringify(String(schema).slice(0, 60))}.`,
    'Use "procmon.v1" or "opensnitch".',
  );
}

function procmonSerializer(env: boolean): ProcmonSerializer {
  return {
    kind: "serializer",
    specVersion: 1,
    name: "protobuf",
    serializeProcess: (process) => encodeProcess(process, { env }),
    serializeEvent: (event) => encodeEvent(event, { env }),
    deserializeProcess: decodeProcess,
    deserializeEvent: decodeEvent,
  };
}

function openSnitchSerializer(env: boolean): OpenSnitchSerializer {
  return {
    kind: "serializer",
    specVersion: 1,
    name: "protobuf-opensnitch",
    serializeProcess: (process) => encodeOpenSnitchProcess(process, { env }),
    serializeEvent: (event) => openSnitchAlert(event, { env }),
    deserializeProcess: decodeOpenSnitchProcess,
    deserializeEvent: decodeOpenSnitchAlert,
  };
}

function checkObject(options: ProtobufSerializerOptions): ProtobufSerializerOptions {
  if (typeof options !== "object" || options === null)
    throw invalid("The options must be an object.", "Leave them out.");
  return options;
}

function invalid(message: string, remedy: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_OPTION", message, remedy });
}
