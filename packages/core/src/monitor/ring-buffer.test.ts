import fc from "fast-check";
import { expect, test } from "vitest";
import { createRingBuffer } from "./ring-buffer.ts";

test("is a queue, however long it gets and wherever it begins", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 300, size: "max" }), (steps) => {
      const buffer = createRingBuffer<number>();
      const model: number[] = [];
      for (const [index, isPush] of steps.entries()) {
        if (isPush) {
          buffer.push(index);
          model.push(index);
        } else {
          expect(buffer.shift()).toBe(model.shift());
        }
        expect(buffer.length).toBe(model.length);
      }
      while (model.length > 0) expect(buffer.shift()).toBe(model.shift());
      expect(buffer.shift()).toBeUndefined();
    }),
  );
});

test("clear empties it", () => {
  const buffer = createRingBuffer<number>();
  for (let index = 0; index < 100; index++) buffer.push(index);
  buffer.clear();
  expect(buffer.length).toBe(0);
  buffer.push(7);
  expect(buffer.shift()).toBe(7);
});
