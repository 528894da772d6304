/** Batches of records that wait for their turn: between two of them everybody else in this process has one. */
export interface BatchQueue {
  add(batch: Uint8Array): void;
  /** Works through what waits, until that time of `performance.now()`. What is left then is dropped. */
  finish(deadline: number): void;
}

/** Bytes that wait at most: of more, the oldest have to be worked through before the reader may go on, and the rest waits in the kernel. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Makes an empty queue. The thread that reads hands over the next batch while one is worked on, and Node.js takes up to a thousand of these
 * without a look at timers, signals and sockets: where records come as fast as they can be worked through, nothing else would be done for as long.
 */
export function createBatchQueue(work: (batch: Uint8Array) => void, mostBytes: number = MOST_BYTES): BatchQueue {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let timer: NodeJS.Immediate | undefined;

  function workOne(): void {
    const batch = waiting.shift();
    if (batch === undefined) return;
    bytes -= batch.length;
    work(batch);
  }

  function turn(): void {
    timer = waiting.length > 1 ? setImmediate(turn) : undefined;
    workOne();
  }

  return {
    add(batch) {
      waiting.push(batch);
      bytes += batch.length;
      timer ??= setImmediate(turn);
      while (bytes > mostBytes) workOne();
    },
    finish(deadline) {
      if (timer !== undefined) clearImmediate(timer);
      timer = undefined;
      while (waiting.length > 0 && performance.now() < deadline) workOne();
      waiting = [];
      bytes = 0;
    },
  };
}
