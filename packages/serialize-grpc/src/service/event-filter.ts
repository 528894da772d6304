import type { ConnectionTuple, MonitorEvent, MonitorEventType, Protocol } from "@procmon/core";

/** What a watcher asked for. Conditions that are set must all hold; of a set, one. */
export interface EventConditions {
  /** Undefined means every type. */
  readonly types?: ReadonlySet<MonitorEventType> | undefined;
  readonly pids?: ReadonlySet<number> | undefined;
  /** The comm, or the last part of the executable's path. */
  readonly names?: ReadonlySet<string> | undefined;
  /** Effective user ids. */
  readonly uids?: ReadonlySet<number> | undefined;
  /** Of either end of a connection. */
  readonly ports?: ReadonlySet<number> | undefined;
  readonly protocols?: ReadonlySet<Protocol> | undefined;
}

/** Tells whether an event is to be sent. */
export type EventFilter = (event: MonitorEvent) => boolean;

/** Makes the filter of these conditions. */
export function createEventFilter({ types, pids, names, uids, ports, protocols }: EventConditions): EventFilter {
  return (event) => {
    // What tells of the stream itself is of no process.
    if (event.type === "method") return true;
    if (event.type === "lost") return concerns(event.eventType, types);
    if (types !== undefined && !types.has(event.type)) return false;
    if (ports !== undefined || protocols !== undefined) {
      if (!("connection" in event) || !hasEnd(event.connection, ports, protocols)) return false;
    }
    if (pids !== undefined && !hasPid(event, pids)) return false;
    if (names !== undefined && !hasName(event, names)) return false;
    return uids === undefined || hasUid(event, uids);
  };
}

type ProcessEvent = Exclude<MonitorEvent, { type: "lost" | "method" }>;

/** A loss of an unknown type may concern anybody. */
function concerns(lost: MonitorEventType | undefined, types: ReadonlySet<MonitorEventType> | undefined): boolean {
  return types === undefined || lost === undefined || types.has(lost) || types.has("lost");
}

function hasEnd(
  { protocol, srcPort, dstPort }: ConnectionTuple,
  ports: ReadonlySet<number> | undefined,
  protocols: ReadonlySet<Protocol> | undefined,
): boolean {
  if (protocols !== undefined && !protocols.has(protocol)) return false;
  return ports === undefined || ports.has(srcPort) || ports.has(dstPort);
}

interface Named {
  readonly pid: number;
  readonly comm?: string;
  readonly path?: string;
}

function someOwner(event: ProcessEvent, test: (owner: Named) => boolean): boolean {
  return "ownership" in event && event.ownership.kind === "process" && event.ownership.owners.some(test);
}

function hasPid(event: ProcessEvent, pids: ReadonlySet<number>): boolean {
  if (event.process !== undefined && pids.has(event.process.pid)) return true;
  return someOwner(event, ({ pid }) => pids.has(pid));
}

function hasName(event: ProcessEvent, names: ReadonlySet<string>): boolean {
  const isNamed = ({ comm, path }: Named): boolean => {
    if (comm !== undefined && names.has(comm)) return true;
    return path !== undefined && names.has(path.slice(path.lastIndexOf("/") + 1));
  };
  return (event.process !== undefined && isNamed(event.process)) || someOwner(event, isNamed);
}

function hasUid(event: ProcessEvent, uids: ReadonlySet<number>): boolean {
  const hidden = "ownership" in event && event.ownership.kind === "hidden" ? event.ownership.uid : undefined;
  const uid = event.process?.uid ?? hidden;
  return uid !== undefined && uids.has(uid);
}
