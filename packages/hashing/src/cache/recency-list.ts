/** What stands in a {@link RecencyList}: its neighbours belong to the list. */
export interface RecencyEntry<E> {
  /** Used more recently. */
  newer: E | undefined;
  /** Used less recently. */
  older: E | undefined;
}

/** Knows in which order its entries were used. A use costs a few pointers. */
export interface RecencyList<E> {
  /** Puts an entry in front that stands in it already. */
  use(entry: E): void;
  /** Puts a new one in front. */
  insert(entry: E): void;
  remove(entry: E): void;
  /** The least recently used one. */
  oldest(): E | undefined;
}

/** Makes an empty list. Its owner bounds it. */
export function createRecencyList<E extends RecencyEntry<E>>(): RecencyList<E> {
  let front: E | undefined;
  let back: E | undefined;

  function insert(entry: E): void {
    entry.older = front;
    if (front === undefined) back = entry;
    else front.newer = entry;
    front = entry;
  }

  function remove(entry: E): void {
    if (entry.newer === undefined) front = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) back = entry.newer;
    else entry.older.newer = entry.newer;
    entry.newer = undefined;
    entry.older = undefined;
  }

  return {
    use(entry) {
      if (entry === front) return;
      remove(entry);
      insert(entry);
    },
    insert,
    remove,
    oldest: () => back,
  };
}
