import { createRecencyMap } from "../cache/recency-map.ts";
import type { ProcessIdentity } from "../process/process-identity.ts";
import type { ProcessStore } from "../process/process-store.ts";

/** The connections that were seen to begin and not yet to end: each keeps its processes in the store. */
export interface OpenConnections {
  /** The connection is held by these processes, and by no others. */
  open(key: string, owners: readonly ProcessIdentity[]): void;
  close(key: string): void;
  clear(): void;
}

/** Makes an empty set. At `capacity`, the connection that was heard of longest ago stops keeping its processes. */
export function createOpenConnections(processes: ProcessStore, capacity: number): OpenConnections {
  const connections = createRecencyMap<string, readonly ProcessIdentity[]>();

  function close(key: string): void {
    const entry = connections.peek(key);
    if (entry === undefined) return;
    connections.remove(entry);
    for (const owner of entry.value) processes.release(owner);
  }

  return {
    open(key, owners) {
      // What the store does not know cannot be kept, and must not be released later.
      const known = owners.filter((owner) => processes.has(owner));
      for (const owner of known) processes.retain(owner);
      close(key);
      if (known.length === 0) return;
      connections.insert(key, known);
      const oldest = connections.size > capacity ? connections.oldest() : undefined;
      if (oldest !== undefined) close(oldest.key);
    },
    close,
    clear() {
      for (let entry = connections.oldest(); entry !== undefined; entry = connections.oldest()) close(entry.key);
    },
  };
}
