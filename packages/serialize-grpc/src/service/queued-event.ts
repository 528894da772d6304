import type { LostEvent, MonitorEvent } from "@procmon/core";
import { writeEvent } from "../procmon-v1/encode-event.ts";
import { encodeMessage } from "../procmon-v1/encode-message.ts";
import type { WireWriter } from "../wire/wire-writer.ts";
import { createEventPool } from "./event-pool.ts";
import type { Losable } from "./loss-gap.ts";
import type { EventMemory } from "./queue-memory.ts";

/** An event as it waits for its clients, encoded once for all of them. */
export interface QueuedEvent extends Losable {
  /** One element of `WatchResponse.events`: any number of these in a row are such a message. */
  bytes: Buffer;
  /** In how many queues it waits. */
  queues: number;
  /** Where its bytes are, while it waits. */
  memory: EventMemory | undefined;
}

/** One for all: events of one moment are sent together. */
const pool = createEventPool();

/** Encodes an event. `encodedProcess` is its process, where that has been encoded already. */
export function queuedEvent(event: MonitorEvent, env: boolean, encodedProcess?: Buffer): QueuedEvent {
  const { type, time, method } = event;
  const loss = type === "lost" ? event : undefined;
  const write = (writer: WireWriter): void => writeElement(writer, event, env, encodedProcess);
  return { type, time, method, loss, bytes: encodeMessage(write, event, env, pool), queues: 0, memory: undefined };
}

/** The bytes of a `lost` event, as an element. */
export function lossBytes(loss: LostEvent): Buffer {
  return encodeMessage((writer) => writeElement(writer, loss, false, undefined), loss, false);
}

/** WatchResponse.events */
const EVENTS = 2;

function writeElement(writer: WireWriter, event: MonitorEvent, env: boolean, process: Buffer | undefined): void {
  const mark = writer.begin(EVENTS);
  writeEvent(writer, event, env, process);
  writer.end(mark);
}

/** A message as the one field of another message, or as an element of a repeated one. */
export function asField(field: number, message: Uint8Array): Buffer {
  return encodeMessage((writer) => writer.bytes(field, message), undefined, false);
}
