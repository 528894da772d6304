import { expect, test } from "vitest";
import { createActiveAlgorithms } from "./active-algorithms.ts";

test("an algorithm is active until everybody who added it has removed it", () => {
  const active = createActiveAlgorithms();
  expect([active.add("sha256"), active.add("md5"), active.add("sha256")]).toEqual([true, true, false]);
  expect(active.list()).toEqual(["md5", "sha256"]);
  expect([active.remove("sha256"), active.remove("sha256")]).toEqual([false, true]);
  expect(active.list()).toEqual(["md5"]);
});

test("what was not added cannot be removed, nor be owed", () => {
  const active = createActiveAlgorithms();
  expect([active.remove("md5"), active.add("md5")]).toEqual([false, true]);
  expect(active.list()).toEqual(["md5"]);
});
