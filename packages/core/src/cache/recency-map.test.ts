import fc from "fast-check";
import { expect, test } from "vitest";
import { createRecencyMap } from "./recency-map.ts";

test("keeps the order of use, as a plain list would", () => {
  const step = fc.record({ what: fc.constantFrom("use", "remove"), key: fc.nat(6) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const map = createRecencyMap<number, string>();
      let model: number[] = [];
      for (const { what, key } of steps) {
        const entry = map.peek(key);
        expect(entry !== undefined).toBe(model.includes(key));
        model = model.filter((other) => other !== key);
        if (what === "use") {
          if (entry === undefined) map.insert(key, `value ${key}`);
          else map.use(entry);
          model.unshift(key);
        } else if (entry !== undefined) {
          map.remove(entry);
        }
      }
      const forwards: number[] = [];
      for (let entry = map.newest(); entry !== undefined; entry = entry.older) forwards.push(entry.key);
      const backwards: number[] = [];
      for (let entry = map.oldest(); entry !== undefined; entry = entry.newer) backwards.push(entry.key);
      expect(forwards).toEqual(model);
      expect(backwards).toEqual(model.toReversed());
      expect(map.size).toBe(model.length);
    }),
  );
});
