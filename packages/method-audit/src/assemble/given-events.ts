/** Events that are remembered; a power of two. The kernel's queue of records is seldom longer than some thousands. */
const SLOTS = 4096;

/** The last events that were given, so that what comes late of one is known. */
export interface GivenEvents {
  add(serial: number, time: bigint): void;
  has(serial: number, time: bigint): boolean;
}

/** Remembers the last 4096 serial numbers that follow each other, each in its place, so that it never grows. */
export function createGivenEvents(): GivenEvents {
  const times = new Array<bigint | undefined>(SLOTS).fill(undefined);
  const serials = new Uint32Array(SLOTS);
  return {
    add(serial, time) {
      const slot = serial & (SLOTS - 1);
      serials[slot] = serial;
      times[slot] = time;
    },
    has(serial, time) {
      const slot = serial & (SLOTS - 1);
      return serials[slot] === serial && times[slot] === time;
    },
  };
}
