import type { ProcessIdentity } from "../process/process-identity.ts";
import type { CacheStats } from "./cache-stats.ts";
import { createRecencyMap, type RecencyEntry } from "./recency-map.ts";

/** A process that has lately opened a socket. */
export interface RecentProcess extends ProcessIdentity {
  /** Its sockets when last looked at: inode to lowest descriptor. */
  readonly sockets: ReadonlyMap<number, number>;
}

/** Processes that were active lately, most recent first: the likeliest owners of a new connection. */
export interface PidCache {
  /**
   * Puts the process in front; with `sockets`, replaces what is known of its descriptors. The map is kept, not
   * copied: hand over one that does not change any more. A process that started before the known one of that pid is over, and is ignored.
   */
  touch(identity: ProcessIdentity, sockets?: ReadonlyMap<number, number>): void;
  /** The process last seen holding this socket. A memory, not an answer: check it. */
  findInode(inode: number): RecentProcess | undefined;
  /** Most recent first. */
  recent(limit?: number): readonly RecentProcess[];
  delete(identity: ProcessIdentity): boolean;
  /** Drops entries for which `keep` is false. Returns how many. */
  sweep(keep: (process: RecentProcess) => boolean): number;
  clear(): void;
  stats(): CacheStats;
}

/** Options of `createPidCache`. */
export interface PidCacheOptions {
  /** Processes it holds at most; at least 1. */
  readonly capacity: number;
  /** Sockets of all these processes together; the least recent processes make room. The most recent one always stays. @default 65536 */
  readonly socketCapacity?: number;
}

type Entry = RecencyEntry<number, RecentProcess>;

const NO_SOCKETS: ReadonlyMap<number, number> = new Map();

/** Makes an empty cache. */
export function createPidCache({ capacity, socketCapacity = 65_536 }: PidCacheOptions): PidCache {
  const processes = createRecencyMap<number, RecentProcess>();
  const holderOfInode = new Map<number, Entry>();
  let sockets = 0;
  let hits = 0;
  let misses = 0;
  let evictions = 0;

  function index(entry: Entry): void {
    sockets += entry.value.sockets.size;
    for (const inode of entry.value.sockets.keys()) holderOfInode.set(inode, entry);
  }

  function unindex(entry: Entry): void {
    sockets -= entry.value.sockets.size;
    for (const inode of entry.value.sockets.keys()) {
      if (holderOfInode.get(inode) === entry) holderOfInode.delete(inode);
    }
  }

  function remove(entry: Entry): void {
    unindex(entry);
    processes.remove(entry);
  }

  function makeRoom(): void {
    while (processes.size > capacity || sockets > socketCapacity) {
      const oldest = processes.oldest();
      if (oldest === undefined || oldest === processes.newest()) return;
      remove(oldest);
      evictions++;
    }
  }

  return {
    touch(identity, known) {
      const { pid, startTime } = identity;
      const present = processes.peek(pid);
      if (present === undefined) {
        index(processes.insert(pid, { pid, startTime, sockets: known ?? NO_SOCKETS }));
      } else {
        if (startTime < present.value.startTime) return;
        const isSame = startTime === present.value.startTime;
        processes.use(present);
        if (isSame && known === undefined) return;
        unindex(present);
        present.value = { pid, startTime, sockets: known ?? NO_SOCKETS };
        index(present);
      }
      makeRoom();
    },

    findInode(inode) {
      const entry = holderOfInode.get(inode);
      if (entry === undefined) misses++;
      else hits++;
      return entry?.value;
    },

    recent(limit = processes.size) {
      const found: RecentProcess[] = [];
      for (let entry = processes.newest(); entry !== undefined && found.length < limit; entry = entry.older) {
        found.push(entry.value);
      }
      return found;
    },

    delete({ pid, startTime }) {
      const entry = processes.peek(pid);
      if (entry?.value.startTime !== startTime) return false;
      remove(entry);
      return true;
    },

    sweep(keep) {
      let dropped = 0;
      let entry = processes.oldest();
      while (entry !== undefined) {
        const next = entry.newer;
        if (!keep(entry.value)) {
          remove(entry);
          dropped++;
        }
        entry = next;
      }
      return dropped;
    },

    clear() {
      processes.clear();
      holderOfInode.clear();
      sockets = 0;
    },

    stats: () => ({ size: processes.size, capacity, hits, misses, evictions }),
  };
}
