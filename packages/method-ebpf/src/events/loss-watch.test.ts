import { expect, it } from "vitest";
import type { RecordCount } from "../kernel/record-counts.ts";
import type { RecordKind } from "../records/record-head.ts";
import { createFakeHost } from "./events.test-kit.ts";
import { createLossWatch } from "./loss-watch.ts";

it("tells what was lost since it last looked, by type, and the sum", () => {
  const counts = new Map<RecordKind, RecordCount>();
  const host = createFakeHost();
  const watch = createLossWatch(
    host,
    () => counts,
    () => 0,
  );
  counts.set("exec", { produced: 10, lost: 0 });
  expect(watch.check()).toBe(0);
  counts.set("exec", { produced: 20, lost: 3 });
  counts.set("release", { produced: 9, lost: 9 });
  expect(watch.check()).toBe(12);
  expect(watch.check()).toBe(0);
  counts.set("exec", { produced: 30, lost: 5 });
  expect(watch.check()).toBe(2);
  expect(watch.total).toBe(14);
  expect(host.losses).toEqual([
    { source: "ring", cause: "full", eventType: "exec", count: 3 },
    { source: "ring", cause: "full", eventType: "close", count: 9 },
    { source: "ring", cause: "full", eventType: "exec", count: 2 },
  ]);
});

it("tells of programs that the kernel passed over, of which nobody knows what they would have told", () => {
  let missed = 0;
  const host = createFakeHost();
  const watch = createLossWatch(
    host,
    () => new Map(),
    () => missed,
  );
  expect(watch.check()).toBe(0);
  missed = 2;
  expect([watch.check(), watch.check()]).toEqual([2, 0]);
  expect(host.losses).toEqual([{ source: "hook", cause: "recursion", count: 2 }]);
});
