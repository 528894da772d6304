/** A queue that costs the same at any length: first in, first out. Its owner bounds it. */
export interface RingBuffer<T> {
  readonly length: number;
  push(item: T): void;
  /** The oldest, taken out. */
  shift(): T | undefined;
  clear(): void;
}

const SMALLEST = 16;

/** Makes an empty buffer. It grows as needed and keeps its room. */
export function createRingBuffer<T>(): RingBuffer<T> {
  let slots: (T | undefined)[] = new Array(SMALLEST).fill(undefined);
  let first = 0;
  let length = 0;

  function grow(): void {
    const wider: (T | undefined)[] = new Array(slots.length * 2).fill(undefined);
    for (let index = 0; index < length; index++) wider[index] = slots[(first + index) & (slots.length - 1)];
    slots = wider;
    first = 0;
  }

  return {
    get length() {
      return length;
    },
    push(item) {
      if (length === slots.length) grow();
      // The number of slots is a power of two.
      slots[(first + length) & (slots.length - 1)] = item;
      length++;
    },
    shift() {
      if (length === 0) return undefined;
      const item = slots[first];
      slots[first] = undefined;
      first = (first + 1) & (slots.length - 1);
      length--;
      return item;
    },
    clear() {
      slots = new Array(SMALLEST).fill(undefined);
      first = 0;
      length = 0;
    },
  };
}
