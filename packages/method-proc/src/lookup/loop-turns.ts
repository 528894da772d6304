/**
 * Shares out the turns of the event loop: does the work at once while less than `budgetMs` of the turn has been used since the first work
 * in it, else in a later turn. For work that comes in crowds, each of it short.
 */
export function createLoopTurns(budgetMs: number): <T>(work: () => T) => Promise<T> {
  let until = 0;
  let nextTurn: Promise<void> | undefined;
  return async (work) => {
    for (;;) {
      const now = performance.now();
      if (!nextTurn) {
        until = now + budgetMs;
        nextTurn = new Promise((resolve) => {
          setImmediate(() => {
            nextTurn = undefined;
            resolve();
          });
        });
      }
      if (now < until) return work();
      await nextTurn;
    }
  };
}
