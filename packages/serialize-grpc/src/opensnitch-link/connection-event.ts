import type { AcceptEvent, ConnectEvent, FlowEvent, MonitorEvent } from "@procmon/core";

/**
 * An event that OpenSnitch's UI shows as a connection. A listener is none: it has no peer, and the UI would show it as
 * one to 0.0.0.0.
 */
export type ConnectionEvent = ConnectEvent | AcceptEvent | FlowEvent;

/** The types of {@link ConnectionEvent}. */
export const CONNECTION_TYPES: readonly ConnectionEvent["type"][] = ["connect", "accept", "flow"];

const TYPES: ReadonlySet<string | undefined> = new Set(CONNECTION_TYPES);

/** True for an event that is shown as a connection. */
export function isConnectionEvent(event: MonitorEvent): event is ConnectionEvent {
  return TYPES.has(event.type);
}

/** How many connections an event tells to be lost. */
export function lostConnections(event: MonitorEvent): number {
  return event.type === "lost" && TYPES.has(event.eventType) ? event.count : 0;
}
