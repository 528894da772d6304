import type { ProcessOwnership } from "../connection/ownership.ts";
import type { CacheStats } from "./cache-stats.ts";
import { createRecencyMap, type RecencyEntry } from "./recency-map.ts";

/** What is known of a connection that was looked up before. */
export interface KnownConnection {
  /** The socket's inode in sockfs. */
  readonly inode: number;
  readonly ownership: ProcessOwnership;
}

/**
 * Connections whose owner has been found, by `connectionKey`. Least recently used ones make room. An entry is a
 * memory, not an answer: whoever reads it checks that its owners still hold the socket.
 */
export interface InodeCache {
  get(key: string): KnownConnection | undefined;
  set(key: string, known: KnownConnection): void;
  delete(key: string): boolean;
  /** Forgets all connections of a process that has ended. Returns how many. */
  deleteByPid(pid: number): number;
  /** Drops entries for which `keep` is false. Returns how many. */
  sweep(keep: (key: string, known: KnownConnection) => boolean): number;
  clear(): void;
  stats(): CacheStats;
}

/** Options of `createInodeCache`. */
export interface InodeCacheOptions {
  /** Connections it holds at most; at least 1. */
  readonly capacity: number;
}

type Entry = RecencyEntry<string, KnownConnection>;

/** Makes an empty cache. */
export function createInodeCache({ capacity }: InodeCacheOptions): InodeCache {
  const connections = createRecencyMap<string, KnownConnection>();
  const entriesOfPid = new Map<number, Set<Entry>>();
  let hits = 0;
  let misses = 0;
  let evictions = 0;

  function index(entry: Entry): void {
    for (const { pid } of entry.value.ownership.owners) {
      const entries = entriesOfPid.get(pid);
      if (entries === undefined) entriesOfPid.set(pid, new Set([entry]));
      else entries.add(entry);
    }
  }

  function unindex(entry: Entry): void {
    for (const { pid } of entry.value.ownership.owners) {
      const entries = entriesOfPid.get(pid);
      if (entries?.delete(entry) && entries.size === 0) entriesOfPid.delete(pid);
    }
  }

  function remove(entry: Entry): void {
    unindex(entry);
    connections.remove(entry);
  }

  return {
    get(key) {
      const entry = connections.peek(key);
      if (entry === undefined) {
        misses++;
        return undefined;
      }
      hits++;
      connections.use(entry);
      return entry.value;
    },

    set(key, known) {
      const present = connections.peek(key);
      if (present !== undefined) {
        unindex(present);
        present.value = known;
        connections.use(present);
        index(present);
        return;
      }
      const oldest = connections.size >= capacity ? connections.oldest() : undefined;
      if (oldest !== undefined) {
        remove(oldest);
        evictions++;
      }
      index(connections.insert(key, known));
    },

    delete(key) {
      const entry = connections.peek(key);
      if (entry !== undefined) remove(entry);
      return entry !== undefined;
    },

    deleteByPid(pid) {
      const entries = entriesOfPid.get(pid);
      if (entries === undefined) return 0;
      const count = entries.size;
      for (const entry of [...entries]) remove(entry);
      return count;
    },

    sweep(keep) {
      let dropped = 0;
      let entry = connections.oldest();
      while (entry !== undefined) {
        const next = entry.newer;
        if (!keep(entry.key, entry.value)) {
          remove(entry);
          dropped++;
        }
        entry = next;
      }
      return dropped;
    },

    clear() {
      connections.clear();
      entriesOfPid.clear();
    },

    stats: () => ({ size: connections.size, capacity, hits, misses, evictions }),
  };
}
