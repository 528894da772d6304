import type { MonitorEventType } from "@procmon/core";
import { InvalidArgumentError } from "commander";

/** Every type of event and what it tells, for the help. Kept apart from core's list so that help does not load core. */
export const EVENT_TYPE_MEANINGS: Readonly<Record<MonitorEventType, string>> = {
  exec: "a process runs a new executable",
  fork: "a process has been made",
  exit: "a process has ended",
  connect: "a socket connects to a peer",
  accept: "a listener has got a connection",
  listen: "a socket waits for connections",
  close: "a connection, a listener or a flow is over",
  flow: "the first datagram between a socket and a peer",
  checksum: "checksums that were computed are known now, or will not be",
  "checksum-change": "a path holds another executable than when it was last run",
  lost: "something was lost, and how much",
  method: "the method that runs has changed",
};

const TYPES = Object.keys(EVENT_TYPE_MEANINGS) as readonly MonitorEventType[];

/** These are always shown. */
export const STREAM_TYPES: readonly MonitorEventType[] = ["lost", "method"];

/** There are none of these without `--hash`. */
export const CHECKSUM_TYPES: readonly MonitorEventType[] = ["checksum", "checksum-change"];

/** What `watch` shows unless told otherwise: connections and processes. */
export const WATCHED_TYPES: readonly MonitorEventType[] = TYPES.filter(
  (type) => !STREAM_TYPES.includes(type) && !CHECKSUM_TYPES.includes(type),
);

/** Reads a list of event types divided by commas, added to those of an earlier option. @throws InvalidArgumentError */
export function parseEventTypes(text: string, earlier?: readonly MonitorEventType[]): readonly MonitorEventType[] {
  const types = new Set(earlier);
  for (const word of text.split(",")) {
    const type = TYPES.find((known) => known === word.trim());
    if (type === undefined) throw new InvalidArgumentError(`The types are ${TYPES.join(", ")}.`);
    types.add(type);
  }
  return [...types];
}
