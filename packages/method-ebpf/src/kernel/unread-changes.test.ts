import { expect, it } from "vitest";
import { createUnreadChanges } from "./unread-changes.ts";

it("compares what was made and not lost, on all processors, with what was read", () => {
  const rows: [bigint, bigint][] = [
    [3n, 1n],
    [2n ** 33n, 2n],
  ];
  const counts = {
    valueSize: 32,
    lookup(key: Uint8Array, into: Uint8Array) {
      expect([...key]).toEqual([0, 0, 0, 0]);
      const view = new DataView(into.buffer);
      for (const [at, [produced, lost]] of rows.entries()) {
        view.setBigUint64(at * 16, produced, true);
        view.setBigUint64(at * 16 + 8, lost, true);
      }
      return true;
    },
  };
  let delivered = 2 ** 33;
  const isUnread = createUnreadChanges(counts, () => delivered);
  expect(isUnread()).toBe(false);
  delivered--;
  expect(isUnread()).toBe(true);
  delivered++;
  rows[0] = [4n, 1n];
  expect(isUnread()).toBe(true);
});

it("says no where there is no such table", () => {
  expect(createUnreadChanges({ valueSize: 16, lookup: () => false }, () => 0)()).toBe(false);
});
