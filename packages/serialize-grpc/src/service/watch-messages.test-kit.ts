import type { MonitorEvent } from "@procmon/core";
import { decodeEvent } from "../procmon-v1/decode-event.ts";
import { decodeText } from "../text/utf8-text.ts";
import { createWireReader } from "../wire/wire-reader.ts";

/** The events of a procmon.v1.WatchResponse. */
export function eventsIn(message: Uint8Array): MonitorEvent[] {
  return partsIn(message, 2).map((part) => {
    const event = decodeEvent(part);
    if (event === undefined) throw new Error("An event is of no known kind.");
    return event;
  });
}

/** What a message has in one of its fields. */
export function partsIn(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = createWireReader(message, decodeText);
  const parts: Uint8Array[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === wanted) parts.push(reader.bytes());
    else reader.skip();
  }
  return parts;
}

/** The next message of a stream. */
export async function nextOf(messages: AsyncIterator<Buffer>): Promise<Buffer> {
  const { done, value } = await messages.next();
  if (done) throw new Error("There are no more messages.");
  return value;
}

/** Events of the stream until there are that many, from as many messages as it takes. */
export async function readEvents(messages: AsyncIterator<Buffer>, count: number): Promise<MonitorEvent[]> {
  const events: MonitorEvent[] = [];
  while (events.length < count) events.push(...eventsIn(await nextOf(messages)));
  return events;
}
