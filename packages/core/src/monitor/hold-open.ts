/** The longest interval that a timer takes, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Keeps this Node.js process alive while somebody needs it to. */
export interface HoldOpen {
  /** Needed once more (+1) or once less (-1). */
  change(by: 1 | -1): void;
  /** From now on nothing is held, whatever is needed. */
  release(): void;
}

/** Makes one that is not needed yet. A promise alone keeps no process alive, so that a reader would be cut off. */
export function createHoldOpen(): HoldOpen {
  let needed = 0;
  let released = false;
  let timer: NodeJS.Timeout | undefined;

  return {
    change(by) {
      needed += by;
      if (released) return;
      if (needed === 0) timer?.unref();
      else if (timer === undefined) timer = setInterval(() => {}, LONGEST);
      else if (needed === 1) timer.ref();
    },
    release() {
      released = true;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
