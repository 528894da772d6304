import { describe, expect, it } from "vitest";
import { createLoopTurns } from "./loop-turns.ts";

describe("createLoopTurns", () => {
  it("spreads a crowd over turns of the event loop, and leaves nobody out", async () => {
    const turn = createLoopTurns(3);
    let longest = 0;
    let before = performance.now();
    let ticking = true;
    const tick = (): void => {
      longest = Math.max(longest, performance.now() - before);
      before = performance.now();
      if (ticking) setImmediate(tick);
    };
    setImmediate(tick);
    let done = 0;
    await Promise.all(
      Array.from({ length: 60 }, async () => {
        await turn();
        const end = performance.now() + 1;
        while (performance.now() < end);
        done++;
      }),
    );
    ticking = false;
    expect(done).toBe(60);
    // All at once would take 60 ms.
    expect(longest).toBeLessThan(30);
  });
});
