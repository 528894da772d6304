import type { CheckedConnection, Ownership, Process } from "@procmon/core";

/** What has been told of a flow. */
export interface OpenFlow {
  readonly connection: CheckedConnection;
  readonly ownership: Ownership;
  readonly process: Process | undefined;
  /** When it was first seen, in nanoseconds of CLOCK_BOOTTIME. */
  readonly begin: bigint;
  /** Its socket is no older than the monitor, so that this was its first datagram. */
  readonly isFirst: boolean;
  /** Its key in the kernel's table of flows. */
  readonly key: Uint8Array;
}

/** The flows of the sockets that have no connections, by the socket's cookie. */
export interface OpenFlows {
  readonly size: number;
  /** Flows that were forgotten since there was no room. */
  readonly forgotten: number;
  /** Returns false where it is known already: the kernel forgets flows when it has too many, and tells of them again. */
  add(cookie: number, flow: OpenFlow): boolean;
  /** All flows of a socket, which are forgotten with it. */
  take(cookie: number): Iterable<OpenFlow>;
  clear(): void;
}

/** Makes an empty set that holds so many flows at most; those of the socket that began longest ago make room. */
export function createOpenFlows(capacity: number): OpenFlows {
  const sockets = new Map<number, Map<string, OpenFlow>>();
  let size = 0;
  let forgotten = 0;

  function drop(cookie: number): Map<string, OpenFlow> | undefined {
    const flows = sockets.get(cookie);
    sockets.delete(cookie);
    size -= flows?.size ?? 0;
    return flows;
  }

  function makeRoom(): void {
    for (const cookie of sockets.keys()) {
      if (size < capacity) return;
      forgotten += drop(cookie)?.size ?? 0;
    }
  }

  return {
    get size() {
      return size;
    },
    get forgotten() {
      return forgotten;
    },
    add(cookie, flow) {
      const peer = `${flow.connection.dstIp} ${flow.connection.dstPort}`;
      if (sockets.get(cookie)?.has(peer)) return false;
      if (size >= capacity) makeRoom();
      const flows = sockets.get(cookie) ?? new Map<string, OpenFlow>();
      flows.set(peer, flow);
      sockets.set(cookie, flows);
      size++;
      return true;
    },
    take: (cookie) => drop(cookie)?.values() ?? [],
    clear() {
      sockets.clear();
      size = 0;
    },
  };
}
