import fc from "fast-check";
import { expect, test } from "vitest";
import { shownValue } from "./shown-value.ts";

test("anything has a short text", () => {
  expect([shownValue("a\n"), shownValue(5n), shownValue(null), shownValue([1]), shownValue({})]).toEqual([
    '"a\\n"',
    "5",
    "null",
    "a list",
    "an object",
  ]);
  fc.assert(
    fc.property(
      fc.anything({ withBigInt: true, withNullPrototype: true, withObjectString: true, withSparseArray: true }),
      (value) => {
        expect(shownValue(value).length).toBeLessThan(1300);
      },
    ),
  );
  expect(shownValue(Symbol("x"))).toBe("Symbol(x)");
  expect(shownValue({ toString: 5 })).toBe("an object");
});
