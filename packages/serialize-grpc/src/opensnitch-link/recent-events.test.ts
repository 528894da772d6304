import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeOpenSnitchEvent } from "../opensnitch/encode-event.ts";
import { someConnect, someProcess } from "./fake-monitor.test-kit.ts";
import { createRecentEvents, type RecentEvents } from "./recent-events.ts";

function make(capacity: number): { recent: RecentEvents; dropped: () => number } {
  let dropped = 0;
  const onDrop = (count: number): void => {
    dropped += count;
  };
  return { recent: createRecentEvents({ capacity, encode: encodeOpenSnitchEvent, onDrop }), dropped: () => dropped };
}

const pidsOf = (recent: RecentEvents) => recent.take().events.map(({ process }) => process?.pid);

test("keeps the newest, in their order, and counts the others", () => {
  const { recent, dropped } = make(3);
  for (let pid = 1; pid <= 5; pid++) recent.push(someConnect(pid));
  expect(pidsOf(recent)).toEqual([3, 4, 5]);
  expect([recent.length, dropped(), pidsOf(recent)]).toEqual([0, 2, []]);
});

test("what is given back comes first again, as far as there is room", () => {
  const { recent, dropped } = make(4);
  for (let pid = 1; pid <= 4; pid++) recent.push(someConnect(pid));
  const batch = recent.take();
  expect(batch.encoded).toEqual(batch.events.map((event) => encodeOpenSnitchEvent(event)));
  recent.push(someConnect(5));
  recent.giveBack(batch);
  expect(dropped()).toBe(1);
  expect(pidsOf(recent)).toEqual([2, 3, 4, 5]);
});

test("nothing is uncounted, nothing changes its order, and it never holds more than it may", () => {
  const step = fc.constantFrom("push", "push", "push", "push", "take", "give back");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 12 }), (steps, capacity) => {
      const { recent, dropped } = make(capacity);
      const told: (number | undefined)[] = [];
      let pushed = 0;
      let batch = recent.take();
      for (const step of steps) {
        if (step === "push") recent.push(someConnect(++pushed));
        if (step === "take" || step === "give back") {
          // What was taken before has arrived.
          if (step === "take") told.push(...batch.events.map(({ process }) => process?.pid));
          else recent.giveBack(batch);
          batch = step === "take" ? recent.take() : { events: [], encoded: [] };
        }
        expect(recent.length).toBeLessThanOrEqual(capacity);
        expect(told.length + batch.events.length + recent.length + dropped()).toBe(pushed);
      }
      expect(told).toEqual([...told].sort((a = 0, b = 0) => a - b));
      expect(new Set(told).size).toBe(told.length);
    }),
  );
});

describe("processes with very long arguments", () => {
  test("are cut, and told all the same", () => {
    const { recent, dropped } = make(10_000);
    const args = ["first", "y".repeat(1_000_000)];
    for (let pid = 1; pid <= 500; pid++) recent.push(someConnect(pid, { process: someProcess(pid, { args }) }));
    expect(dropped()).toBe(0);
    const { encoded } = recent.take();
    expect(encoded.length).toBeGreaterThan(100);
    expect(Buffer.concat(encoded).includes("first")).toBe(true);
    expect(Buffer.concat(encoded).length).toBeLessThan(1_100_000);
  });

  test("make room sooner: the memory is bounded, too", () => {
    const { recent, dropped } = make(10_000);
    const args = ["z".repeat(25_000)];
    for (let pid = 1; pid <= 5000; pid++) recent.push(someConnect(pid, { process: someProcess(pid, { args }) }));
    expect(recent.length).toBeLessThan(200);
    expect(recent.length + dropped()).toBe(5000);
  });
});

test("what has been taken is not kept in memory", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { recent } = make(10_000);
  const seen = ((event) => {
    recent.push(event);
    return new WeakRef(event);
  })(someConnect(1));
  recent.push(someConnect(2));
  expect(pidsOf(recent)).toEqual([1, 2]);
  await expect
    .poll(() => {
      collect();
      return seen.deref() === undefined;
    })
    .toBe(true);
  expect(recent.length).toBe(0);
});

test("what cannot be encoded is dropped, and nothing else", () => {
  const { recent, dropped } = make(10);
  const odd = { args: null as never };
  recent.push(someConnect(1));
  recent.push(someConnect(2, { process: someProcess(2, odd) }));
  recent.push(someConnect(3, { process: someProcess(3, { path: 5 as never }) }));
  recent.push(someConnect(4));
  expect(pidsOf(recent)).toEqual([1, 4]);
  expect(dropped()).toBe(2);
});
