import type { MonitorEvent, Process, SocketOwner } from "@procmon/core";
import { ownersOf } from "../output/owners.ts";
import { hasName } from "./process-filter.ts";

/** What to keep of a stream. Several conditions must all hold. */
export interface EventConditions {
  readonly pid?: number;
  /** The comm, or the last part of the executable's path. */
  readonly name?: string;
  /** The port of either end. */
  readonly port?: number;
  readonly uid?: number;
}

type Named = Pick<Process, "comm" | "path"> | Pick<SocketOwner, "comm" | "path">;

/** Tells which events meet the conditions. What tells of the stream itself (`lost`, `method`) always does. */
export function createEventFilter(conditions: EventConditions): (event: MonitorEvent) => boolean {
  const { pid, name, port, uid } = conditions;
  return (event) => {
    if (event.type === "lost" || event.type === "method") return true;
    const owners = "ownership" in event ? ownersOf(event.ownership) : [];
    const { process } = event;
    if (pid !== undefined && process?.pid !== pid && !owners.some((owner) => owner.pid === pid)) return false;
    if (name !== undefined) {
      const known: readonly Named[] = process === undefined ? owners : [process, ...owners];
      if (!known.some((one) => hasName(one, name))) return false;
    }
    if (port !== undefined) {
      if (!("connection" in event)) return false;
      if (event.connection.srcPort !== port && event.connection.dstPort !== port) return false;
    }
    if (uid !== undefined) {
      const hidden = "ownership" in event && event.ownership.kind === "hidden" ? event.ownership.uid : undefined;
      if ((process?.uid ?? hidden) !== uid) return false;
    }
    return true;
  };
}
