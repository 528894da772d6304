import { expect, it, vi } from "vitest";
import { createEvictionWatch } from "./eviction-watch.ts";

it("adds up what all processors have evicted, and says so once", () => {
  let evicted = [0n, 0n];
  const changes = {
    valueSize: 48,
    lookup(_: Uint8Array, into: Uint8Array) {
      const view = new DataView(into.buffer);
      for (const [at, count] of evicted.entries()) view.setBigUint64(at * 24 + 16, count, true);
      return true;
    },
  };
  const warn = vi.fn();
  const watch = createEvictionWatch({ log: { warn, debug: warn, info: warn, error: warn } }, changes);
  watch.check();
  expect([watch.total, warn.mock.calls.length]).toEqual([0, 0]);
  evicted = [3n, 4n];
  watch.check();
  watch.check();
  expect([watch.total, warn.mock.calls.length]).toEqual([7, 1]);
  expect(warn.mock.calls[0]?.[0]).toMatch(/maxSockets/);
});
