import type { CacheStats, FileIdentity } from "@procmon/core";
import { type Algorithm, type Digests, withoutAlgorithm } from "../algorithms/algorithm.ts";
import { fileKey } from "../files/file-key.ts";

/** One file's contents may be known by as many identities: the kernel's records and stat(2), and one for each name that it got or lost. */
const MAX_IDENTITIES = 8;

/**
 * Checksums by the identity of the file. Only an identity whose five numbers are all known names contents; others are never found and
 * never kept. The least recently used makes room.
 */
export interface DigestCache {
  /** Costs less than a microsecond. */
  get(identity: FileIdentity): Digests | undefined;
  /** Adds to what is known. False where the identity is not known in full. */
  set(identity: FileIdentity, digests: Digests): boolean;
  /**
   * From now on both lead to the same entry. What was known by `identity` alone gives way. False where either is not known in full, or nothing
   * is known of `of`.
   */
  alias(identity: FileIdentity, of: FileIdentity): boolean;
  /**
   * What is known of some file with this fs-verity digest, as in `Digests.fsverity`: the contents of all that have it are the same. Counts
   * neither as a hit nor as a miss.
   */
  getByVerity(digest: string): Digests | undefined;
  /** Drops the checksums of one algorithm. */
  forget(algorithm: Algorithm): void;
  stats(): CacheStats;
}

/** Options of {@link createDigestCache}. */
export interface DigestCacheOptions {
  /** Files it holds at most; at least 1. @default 4096 */
  readonly capacity?: number;
}

interface Entry {
  digests: Digests;
  /** Those that lead to it, the oldest first. */
  readonly keys: string[];
}

/** Makes an empty cache. */
export function createDigestCache({ capacity = 4096 }: DigestCacheOptions = {}): DigestCache {
  const entries = new Map<string, Entry>();
  const byVerity = new Map<string, Entry>();
  /** The least recently used first. */
  const order = new Set<Entry>();
  let hits = 0;
  let misses = 0;
  let evictions = 0;

  function use(entry: Entry): void {
    order.delete(entry);
    order.add(entry);
  }

  function remove(entry: Entry): void {
    for (const key of entry.keys) entries.delete(key);
    replace(entry, {});
    order.delete(entry);
  }

  function replace(entry: Entry, digests: Digests): void {
    const before = entry.digests.fsverity;
    if (before && before !== digests.fsverity && byVerity.get(before) === entry) byVerity.delete(before);
    entry.digests = digests;
  }

  function leaveEntry(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    entry.keys.splice(entry.keys.indexOf(key), 1);
    if (entry.keys.length === 0) remove(entry);
  }

  function insert(key: string): Entry {
    const [oldest] = order.size >= capacity ? order : [];
    if (oldest !== undefined) {
      remove(oldest);
      evictions++;
    }
    const entry: Entry = { digests: {}, keys: [key] };
    entries.set(key, entry);
    return entry;
  }

  return {
    get(identity) {
      const key = fileKey(identity);
      const entry = key === undefined ? undefined : entries.get(key);
      if (entry === undefined) {
        misses++;
        return undefined;
      }
      hits++;
      use(entry);
      return entry.digests;
    },

    set(identity, digests) {
      const key = fileKey(identity);
      if (key === undefined) return false;
      const entry = entries.get(key) ?? insert(key);
      use(entry);
      replace(entry, { ...entry.digests, ...digests });
      const { fsverity } = entry.digests;
      if (fsverity && !byVerity.has(fsverity)) byVerity.set(fsverity, entry);
      return true;
    },

    alias(identity, of) {
      const key = fileKey(identity);
      const ofKey = fileKey(of);
      const entry = ofKey === undefined ? undefined : entries.get(ofKey);
      if (key === undefined || ofKey === undefined || entry === undefined) return false;
      use(entry);
      if (entries.get(key) === entry) return true;
      leaveEntry(key);
      entries.set(key, entry);
      entry.keys.push(key);
      // The one that it was asked for stays.
      const oldest = entry.keys.find((each) => each !== ofKey);
      if (entry.keys.length > MAX_IDENTITIES && oldest !== undefined) leaveEntry(oldest);
      return true;
    },

    getByVerity(digest) {
      const entry = byVerity.get(digest);
      if (entry !== undefined) use(entry);
      return entry?.digests;
    },

    forget(algorithm) {
      for (const entry of order) {
        const digests = withoutAlgorithm(entry.digests, algorithm);
        if (Object.keys(digests).length === 0) remove(entry);
        else replace(entry, digests);
      }
    },

    stats: () => ({ size: order.size, capacity, hits, misses, evictions }),
  };
}
