import { expect, test } from "vitest";
import { createRecentMap } from "./recent-map.ts";

const [A, B, C, D] = ["a", "b", "c", "d"].map((name) => ({ name }));
type Named = { readonly name: string };

function make() {
  const map = createRecentMap<number, Named>(3);
  for (const [key, value] of [A, B, C].entries()) map.set(key, value as Named);
  return map;
}

test("what was used longest ago makes room, and a look is no use", () => {
  const map = make();
  expect([map.get(0), map.peek(1)]).toEqual([A, B]);
  map.set(3, D as Named);
  expect([0, 1, 2, 3].map((key) => map.peek(key))).toEqual([A, undefined, C, D]);
  expect(map.size).toBe(3);
});

test("what is put in again is used, and takes no more room", () => {
  const map = make();
  map.set(0, D as Named);
  expect(map.size).toBe(3);
  map.set(3, A as Named);
  expect([0, 1].map((key) => map.peek(key))).toEqual([D, undefined]);
});

test("values are replaced where they are", () => {
  const map = make();
  map.replaceAll(({ name }) => ({ name: `${name}!` }));
  map.set(3, D as Named);
  expect([0, 1].map((key) => map.peek(key))).toEqual([undefined, { name: "b!" }]);
  map.delete(1);
  expect([map.get(1), map.size]).toEqual([undefined, 2]);
});
