/** An entry of a {@link RecencyMap}: hold it to move or remove it without another look-up. */
export interface RecencyEntry<K, V> {
  readonly key: K;
  value: V;
  /** Used more recently; undefined for the front. */
  newer: RecencyEntry<K, V> | undefined;
  /** Used less recently; undefined for the back. */
  older: RecencyEntry<K, V> | undefined;
}

/** A map that knows in which order its entries were used. A hit costs one look-up and a few pointers, no allocation. */
export interface RecencyMap<K, V> {
  readonly size: number;
  /** The entry, without counting it as used. */
  peek(key: K): RecencyEntry<K, V> | undefined;
  /** Puts the entry in front. */
  use(entry: RecencyEntry<K, V>): void;
  /** Adds in front; the key must not be there. */
  insert(key: K, value: V): RecencyEntry<K, V>;
  remove(entry: RecencyEntry<K, V>): void;
  /** The most recently used entry; follow `older` for the rest. */
  newest(): RecencyEntry<K, V> | undefined;
  /** The least recently used entry. */
  oldest(): RecencyEntry<K, V> | undefined;
  clear(): void;
}

/** Makes an empty map. Its owner bounds it. */
export function createRecencyMap<K, V>(): RecencyMap<K, V> {
  const entries = new Map<K, RecencyEntry<K, V>>();
  let front: RecencyEntry<K, V> | undefined;
  let back: RecencyEntry<K, V> | undefined;

  function unlink(entry: RecencyEntry<K, V>): void {
    if (entry.newer === undefined) front = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) back = entry.newer;
    else entry.older.newer = entry.newer;
    entry.newer = undefined;
    entry.older = undefined;
  }

  function linkInFront(entry: RecencyEntry<K, V>): void {
    entry.older = front;
    if (front === undefined) back = entry;
    else front.newer = entry;
    front = entry;
  }

  return {
    get size() {
      return entries.size;
    },
    peek: (key) => entries.get(key),
    use(entry) {
      if (entry === front) return;
      unlink(entry);
      linkInFront(entry);
    },
    insert(key, value) {
      const entry: RecencyEntry<K, V> = { key, value, newer: undefined, older: undefined };
      entries.set(key, entry);
      linkInFront(entry);
      return entry;
    },
    remove(entry) {
      unlink(entry);
      entries.delete(entry.key);
    },
    newest: () => front,
    oldest: () => back,
    clear() {
      entries.clear();
      front = undefined;
      back = undefined;
    },
  };
}
