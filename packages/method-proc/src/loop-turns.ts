/**
 * Shares out the turns of the event loop: resolves at once while less than `budgetMs` of the turn has been used since the first call in
 * it, else in a later turn. For work that comes in crowds, each of it short.
 */
export function createLoopTurns(budgetMs: number): () => Promise<void> {
  let until = 0;
  let nextTurn: Promise<void> | undefined;
  return async () => {
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
      if (now < until) return;
      await nextTurn;
    }
  };
}
