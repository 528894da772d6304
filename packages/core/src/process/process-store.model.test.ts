import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { Process } from "./process.ts";
import { createProcessStore } from "./process-store.ts";

const GRACE_MS = 50;
const PIDS = 9;

/** What the store should hold, by the plainest rules. */
interface Known {
  alive: boolean;
  retained: number;
  freeSince: number | undefined;
}

/** Parents have lower pids here, and each may be added before or after its children. */
const parentOf = (pid: number) => Math.floor(pid / 2);

function process(pid: number): Process {
  return { pid, startTime: BigInt(pid), ppid: parentOf(pid), comm: "x" };
}

const step = fc.record({
  what: fc.constantFrom("add", "end", "retain", "release", "delete", "sweep", "wait"),
  pid: fc.integer({ min: 1, max: PIDS }),
});

test("keeps exactly what lives, is referred to, or ended lately", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
        const store = createProcessStore({ capacity: 1000, graceMs: GRACE_MS });
        const model = new Map<number, Known>();
        const isLine = (pid: number): boolean => {
          const known = model.get(pid);
          return known !== undefined && (known.alive || hasLiveChild(pid));
        };
        const hasLiveChild = (pid: number): boolean =>
          [...model.keys()].some((child) => child !== pid && parentOf(child) === pid && isLine(child));

        let now = 1_000_000;
        for (const { what, pid } of steps) {
          vi.setSystemTime(now);
          const known = model.get(pid);
          if (what === "add") {
            store.add(process(pid));
            if (known === undefined) model.set(pid, { alive: true, retained: 0, freeSince: undefined });
            else known.alive = true;
          } else if (what === "end") {
            store.end(process(pid));
            if (known !== undefined) known.alive = false;
          } else if (what === "retain") {
            store.retain(process(pid));
            if (known !== undefined) known.retained++;
          } else if (what === "release") {
            store.release(process(pid));
            if (known !== undefined) known.retained = Math.max(0, known.retained - 1);
          } else if (what === "delete") {
            expect(store.delete(process(pid))).toBe(model.delete(pid));
          } else if (what === "wait") {
            now += 30;
          } else {
            const due = [...model].filter(
              ([, { freeSince }]) => freeSince !== undefined && freeSince + GRACE_MS <= now,
            );
            expect(store.sweep()).toBe(due.length);
            for (const [gone] of due) model.delete(gone);
          }
          for (const [other, entry] of model) {
            const isFree = !entry.alive && entry.retained === 0 && !hasLiveChild(other);
            entry.freeSince = isFree ? (entry.freeSince ?? now) : undefined;
          }
          now += 1;
          expect([...store.values()].map((stored) => stored.pid).sort()).toEqual([...model.keys()].sort());
          expect(store.stats().ended).toBe([...model.values()].filter(({ alive }) => !alive).length);
        }
      }),
      { numRuns: 500 },
    );
  } finally {
    vi.useRealTimers();
  }
});

test("never holds more than its capacity, whatever happens", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: "max" }), fc.integer({ min: 1, max: 4 }), (steps, capacity) => {
      const store = createProcessStore({ capacity, graceMs: 0 });
      for (const { what, pid } of steps) {
        if (what === "add") expect(store.add(process(pid)).pid).toBe(pid);
        else if (what === "end") store.end(process(pid));
        else if (what === "retain") store.retain(process(pid));
        expect(store.size).toBeLessThanOrEqual(capacity);
        expect([...store.values()]).toHaveLength(store.size);
      }
    }),
  );
});
