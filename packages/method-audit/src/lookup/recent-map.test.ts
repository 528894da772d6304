import { describe, expect, it } from "vitest";
import { createRecentMap } from "./recent-map.ts";

describe("a map of bounded size", () => {
  it("drops what was used longest ago, and counts it", () => {
    const map = createRecentMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.get("a");
    map.set("c", 3);
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([1, undefined, 3]);
    map.set("a", 4);
    map.set("d", 5);
    expect([map.get("a"), map.get("c"), map.get("d")]).toEqual([4, undefined, 5]);
    expect([map.size, map.evictions]).toEqual([2, 2]);
    map.clear();
    expect(map.size).toBe(0);
  });
});
