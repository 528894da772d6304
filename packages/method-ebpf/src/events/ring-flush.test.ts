import { expect, it } from "vitest";
import type { RecordCount } from "../kernel/record-counts.ts";
import type { RecordKind } from "../records/record-head.ts";
import { createRingFlush } from "./ring-flush.ts";

/** A ring: what was made, what was read, and how often somebody asked for more. */
function makeRing(onNudge: (delivered: Map<RecordKind, number>, nudges: number) => void = () => {}) {
  const counts = new Map<RecordKind, RecordCount>();
  const delivered = new Map<RecordKind, number>();
  let nudges = 0;
  const flush = createRingFlush(
    () => counts,
    { delivered, broken: 0, push: () => {} },
    () => onNudge(delivered, ++nudges),
  );
  return { counts, delivered, flush, nudges: () => nudges };
}

it("asks for nothing where all has been read, or was lost", async () => {
  const ring = makeRing();
  ring.counts.set("exec", { produced: 5, lost: 2 });
  ring.counts.set("exit", { produced: 4, lost: 4 });
  ring.delivered.set("exec", 3);
  expect(await ring.flush()).toBe(true);
  expect(ring.nudges()).toBe(0);
});

it("asks until what was made before has been read, of each kind", async () => {
  const ring = makeRing((delivered, nudges) => {
    if (nudges === 1) delivered.set("exec", 3);
    if (nudges === 2) delivered.set("fork", 1);
  });
  ring.counts.set("exec", { produced: 3, lost: 0 });
  ring.counts.set("fork", { produced: 1, lost: 0 });
  expect(await ring.flush()).toBe(true);
  expect(ring.nudges()).toBe(2);
});

it("does not wait for what comes later", async () => {
  const ring = makeRing((delivered) => {
    const made = (ring.counts.get("exec")?.produced ?? 0) + 10;
    ring.counts.set("exec", { produced: made, lost: 0 });
    delivered.set("exec", made - 10);
  });
  ring.counts.set("exec", { produced: 1, lost: 0 });
  expect(await ring.flush()).toBe(true);
  expect(ring.nudges()).toBe(1);
});

it("gives up, and says so, where nothing more comes", async () => {
  const ring = makeRing();
  ring.counts.set("exec", { produced: 1, lost: 0 });
  expect(await ring.flush()).toBe(false);
});
