import type { ProcessShelf, StoredProcess } from "./stored-process.ts";

/** Makes an empty shelf. */
export function createProcessShelf(): ProcessShelf {
  let first: StoredProcess | undefined;
  let last: StoredProcess | undefined;
  let size = 0;

  const shelf: ProcessShelf = {
    get size() {
      return size;
    },
    first: () => first,
    append(stored) {
      stored.before = last;
      if (last === undefined) first = stored;
      else last.after = stored;
      last = stored;
      stored.shelf = shelf;
      size++;
    },
    remove(stored) {
      if (stored.before === undefined) first = stored.after;
      else stored.before.after = stored.after;
      if (stored.after === undefined) last = stored.before;
      else stored.after.before = stored.before;
      stored.before = undefined;
      stored.after = undefined;
      stored.shelf = undefined;
      size--;
    },
    clear() {
      first = undefined;
      last = undefined;
      size = 0;
    },
  };
  return shelf;
}
