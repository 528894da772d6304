import { type Rule, RuleSchema } from "../generated/opensnitch/ui_pb.js";
import { emptyConnection, type OpenSnitchConnection, readConnection } from "./decode-connection.ts";
import { mergeMessage } from "./messages.ts";
import { openSnitchReader } from "./opensnitch-wire.ts";

/** The fields of OpenSnitch's message `Event` (proto/opensnitch/ui.proto). */
export interface OpenSnitchEvent {
  /** `2006-01-02 15:04:05` in the local time of who sent it. */
  time: string;
  connection?: OpenSnitchConnection;
  /** What decided on the connection. */
  rule?: Rule;
  /** Nanoseconds since the epoch. */
  unixnano: bigint;
}

/**
 * Reads OpenSnitch's message `Event`. Fields that it has not are passed over.
 *
 * @throws ProcmonError `INVALID_MESSAGE`
 */
export function decodeOpenSnitchEvent(bytes: Uint8Array): OpenSnitchEvent {
  const reader = openSnitchReader(bytes);
  const event: OpenSnitchEvent = { time: "", unixnano: 0n };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) event.time = reader.text();
    else if (field === 2) {
      event.connection ??= emptyConnection();
      const mark = reader.enter();
      readConnection(reader, event.connection);
      reader.leave(mark);
    } else if (field === 3) event.rule = mergeMessage(RuleSchema, event.rule, reader.bytes());
    else if (field === 4) event.unixnano = reader.bigInt();
    else reader.skip();
  }
  return event;
}
