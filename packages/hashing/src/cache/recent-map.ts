/** A bounded map: what was put in or used longest ago makes room. */
export interface RecentMap<Key, Value> {
  /** Without being used. */
  peek(key: Key): Value | undefined;
  /** Using it. */
  get(key: Key): Value | undefined;
  /** Using it. */
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  /** Puts what this gives in the place of each value. */
  replaceAll(change: (value: Value) => Value): void;
  readonly size: number;
}

/** Makes an empty one. */
export function createRecentMap<Key, Value extends object>(capacity: number): RecentMap<Key, Value> {
  /** A map keeps the order in which its keys came. */
  const values = new Map<Key, Value>();

  function set(key: Key, value: Value): void {
    values.delete(key);
    values.set(key, value);
    if (values.size <= capacity) return;
    const [oldest] = values.keys();
    values.delete(oldest as Key);
  }

  return {
    peek: (key) => values.get(key),
    get(key) {
      const value = values.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
    set,
    delete: (key) => void values.delete(key),
    replaceAll(change) {
      for (const [key, value] of values) values.set(key, change(value));
    },
    get size() {
      return values.size;
    },
  };
}
