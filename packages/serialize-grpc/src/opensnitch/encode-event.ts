import type { AcceptEvent, CloseEvent, ConnectEvent, FlowEvent, ListenEvent } from "@procmon/core";
import { type OpenSnitchConnectionOptions, writeOpenSnitchConnection } from "./encode-connection.ts";
import { localTime } from "./local-time.ts";
import { encodeFields, writeText } from "./opensnitch-wire.ts";

/** An event that tells of a connection. */
export type ConnectionEvent = ConnectEvent | AcceptEvent | ListenEvent | CloseEvent | FlowEvent;

/**
 * An event as OpenSnitch's message `Event` (proto/opensnitch/ui.proto), of which a ping's statistics hold a list. It
 * has no rule, since nothing was decided; what kind of event it was, it cannot tell.
 */
export function encodeOpenSnitchEvent(event: ConnectionEvent, options?: OpenSnitchConnectionOptions): Buffer {
  return encodeFields((writer) => {
    writeText(writer, 1, localTime(event.time));
    const mark = writer.begin(2);
    writeOpenSnitchConnection(writer, event, options);
    writer.end(mark);
    if (event.time !== 0n) writer.bigint(4, event.time);
  });
}
