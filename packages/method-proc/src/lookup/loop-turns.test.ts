import { expect, it } from "vitest";
import { createLoopTurns } from "./loop-turns.ts";

it("spreads a crowd over turns of the event loop, and leaves nobody out", async () => {
  const share = createLoopTurns(3);
  let turn = 0;
  let ticking = true;
  const tick = (): void => {
    turn++;
    if (ticking) setImmediate(tick);
  };
  setImmediate(tick);
  const doneIn = await Promise.all(
    Array.from({ length: 60 }, () =>
      share(() => {
        const end = performance.now() + 1;
        while (performance.now() < end);
        return turn;
      }),
    ),
  );
  ticking = false;
  expect(doneIn).toHaveLength(60);
  const crowd = Math.max(...doneIn.map((one) => doneIn.filter((other) => other === one).length));
  expect(crowd).toBeLessThanOrEqual(3);
});

it("gives back what the work throws", async () => {
  const share = createLoopTurns(3);
  await expect(
    share(() => {
      throw new Error("told");
    }),
  ).rejects.toThrow("told");
});
