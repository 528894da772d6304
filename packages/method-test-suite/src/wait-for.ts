import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds that anything which must happen may take. */
export const PATIENCE_MS = 15_000;

/**
 * Asks again and again until there is an answer.
 *
 * @throws Error with `what` if there is none in time.
 */
export async function waitFor<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${patienceMs} ms`);
    await sleep(20);
  }
}
