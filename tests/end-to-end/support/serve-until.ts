import { setTimeout as sleep } from "node:timers/promises";

const PAUSE_MS = 50;
const PATIENCE_MS = 60_000;

/** Waits until a value satisfies; `expect.poll` is not for tests that run beside each other. Gives the value. */
export async function until<T>(
  read: () => T | Promise<T>,
  satisfies: (value: T) => boolean,
  withinMs: number = PATIENCE_MS,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (satisfies(value)) return value;
    if (performance.now() > end) throw new Error(`In ${withinMs} ms it was not so: ${satisfies}, but ${value}.`);
    await sleep(PAUSE_MS);
  }
}
