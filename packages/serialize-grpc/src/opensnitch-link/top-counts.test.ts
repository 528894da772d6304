import fc from "fast-check";
import { expect, test } from "vitest";
import { createTopCounts } from "./top-counts.ts";

test("gives the highest counts, and of equal ones the newest first", () => {
  const counts = createTopCounts(10);
  for (const word of ["a", "b", "b", "c", "__proto__"]) counts.add(word);
  expect(counts.top(3)).toEqual([
    ["b", 2],
    ["__proto__", 1],
    ["c", 1],
  ]);
});

test("is bounded, forgets the rarer ones first, and never counts too many", () => {
  const words = fc.array(fc.string({ maxLength: 2 }), { maxLength: 300 });
  fc.assert(
    fc.property(words, fc.integer({ min: 2, max: 20 }), (words, capacity) => {
      const counts = createTopCounts(capacity);
      const exact = new Map<string, number>();
      for (const word of words) {
        counts.add(word);
        exact.set(word, (exact.get(word) ?? 0) + 1);
        expect(counts.size).toBeLessThanOrEqual(capacity);
      }
      for (const [word, count] of counts.top(capacity)) expect(count).toBeLessThanOrEqual(exact.get(word) ?? 0);
      if (exact.size <= capacity) expect(new Map(counts.top(capacity))).toEqual(exact);
    }),
  );
});

test("keeps a frequent word among any number of rare ones", () => {
  const counts = createTopCounts(100);
  for (let i = 0; i < 10_000; i++) {
    counts.add(`rare ${i}`);
    if (i % 10 === 0) counts.add("frequent");
  }
  expect(counts.top(1)).toEqual([["frequent", 1000]]);
});
