import { expect, test } from "vitest";
import type { MonitorEvent } from "../event/monitor-event.ts";
import { createEventQueue } from "./event-queue.ts";
import { fakeProcess } from "./testing/fake-method.ts";

function execWith(pid: number, args: readonly string[]): MonitorEvent {
  return { type: "exec", time: 1n, method: "fake", process: fakeProcess(pid, { args }) };
}

function setUp(capacity: number, maxBytes: number) {
  const dropped: MonitorEvent[] = [];
  return { dropped, queue: createEventQueue({ capacity, maxBytes, onDrop: (event) => dropped.push(event) }) };
}

test("drops the oldest beyond its number", () => {
  const { queue, dropped } = setUp(3, 1e9);
  const events = [1, 2, 3, 4, 5].map((pid) => execWith(pid, []));
  for (const event of events) queue.push(event);
  expect(dropped).toEqual(events.slice(0, 2));
  expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([...events.slice(2), undefined]);
});

test("drops the oldest beyond its memory, and always holds the newest", () => {
  const { queue, dropped } = setUp(1000, 100_000);
  const huge = "a".repeat(30_000);
  for (let pid = 1; pid <= 10; pid++) queue.push(execWith(pid, [huge]));
  expect(queue.length).toBe(1);
  expect(dropped.length).toBe(9);
  queue.push(execWith(11, ["a".repeat(1_000_000)]));
  expect(queue.length).toBe(1);
  queue.clear();
  // What has left does not count any more.
  for (let pid = 1; pid <= 20; pid++) queue.push(execWith(pid, []));
  expect(queue.length).toBe(20);
  for (let pid = 1; pid <= 1000; pid++) {
    queue.push(execWith(pid, []));
    queue.shift();
  }
  expect(queue.length).toBe(20);
});
