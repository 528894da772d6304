import type { InodeCache } from "../cache/inode-cache.ts";
import type { PidCache } from "../cache/pid-cache.ts";
import { connectionKey } from "../connection/connection-key.ts";
import type { MonitorEvent } from "../event/monitor-event.ts";
import type { CheckedConnection } from "../method/monitor-method.ts";
import type { ProcessIdentity } from "../process/process-identity.ts";
import type { ProcessStore } from "../process/process-store.ts";
import { createOpenConnections } from "./open-connections.ts";

/** Owners of one connection that are kept because of it. */
const MAX_OWNERS = 64;

/** Writes into the store and the caches what events tell. */
export interface ProcessRecorder {
  record(event: MonitorEvent): void;
  /** The process has ended, whether or not an event told so. */
  recordEnd(identity: ProcessIdentity, time: bigint): void;
  /** The method that told of connections runs no more: none of their ends will be heard of. */
  forgetConnections(): void;
}

/** What a recorder writes to. */
export interface ProcessRecorderOptions {
  readonly processes: ProcessStore;
  readonly inodes: InodeCache;
  readonly pids: PidCache;
  /** Open connections that are remembered at most. */
  readonly connectionCapacity: number;
}

/** Makes a recorder. */
export function createProcessRecorder(options: ProcessRecorderOptions): ProcessRecorder {
  const { processes, inodes, pids, connectionCapacity } = options;
  const connections = createOpenConnections(processes, connectionCapacity);

  function recordEnd(identity: ProcessIdentity, time: bigint): void {
    processes.end(identity, time);
    inodes.deleteByPid(identity.pid);
    pids.delete(identity);
  }

  return {
    record(event) {
      switch (event.type) {
        case "fork":
          processes.add(event.process, event.time);
          return;
        case "exec":
          processes.replace(event.process, event.time);
          return;
        case "exit":
          // An exit may be all that is heard of a process: it is kept for what is yet to come about it.
          if (!processes.has(event.process)) processes.add(event.process, event.time);
          recordEnd(event.process, event.time);
          return;
        case "connect":
        case "accept":
        case "listen":
        case "flow": {
          if (event.type === "connect" && event.error !== undefined) return;
          if (event.process !== undefined && !processes.has(event.process)) processes.add(event.process, event.time);
          const owners = event.ownership.kind === "process" ? event.ownership.owners.slice(0, MAX_OWNERS) : [];
          connections.open(connectionKey(event.connection as CheckedConnection), owners);
          return;
        }
        case "close":
          connections.close(connectionKey(event.connection as CheckedConnection));
      }
    },
    recordEnd,
    forgetConnections: () => connections.clear(),
  };
}
