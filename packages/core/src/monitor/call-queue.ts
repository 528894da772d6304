/** Runs one job after the other, in the order they came. A job that fails does not stop those behind it. */
export type CallQueue = <T>(job: () => Promise<T>) => Promise<T>;

/** Makes an empty queue. */
export function createCallQueue(): CallQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const result = last.then(job);
    last = result.catch(() => {});
    return result;
  };
}
