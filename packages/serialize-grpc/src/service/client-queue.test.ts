import type { LostEvent, MonitorEvent } from "@procmon/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClientQueueOptions, createClientQueue } from "./client-queue.ts";
import { createQueueMemory } from "./queue-memory.ts";
import { type QueuedEvent, queuedEvent } from "./queued-event.ts";
import { execOf } from "./synthetic-method.test-kit.ts";
import { eventsIn } from "./watch-messages.test-kit.ts";

function exec(pid: number, weight = 0): MonitorEvent {
  return { time: BigInt(pid), method: "synthetic", ...execOf(pid, weight) };
}

function inWords(event: MonitorEvent): string {
  if (event.type === "lost") return `lost ${event.count} ${event.eventType} ${event.source}:${event.cause}`;
  return event.type === "exec" ? String(event.process.pid) : event.type;
}

function filled(options: ClientQueueOptions, count: number, weight = 0) {
  const queue = createClientQueue(options);
  for (let pid = 1; pid <= count; pid++) queue.push(queuedEvent(exec(pid, weight), false));
  return queue;
}

test("events come in their order, up to the limits of a message", () => {
  const queue = filled({ batchEvents: 3 }, 7);
  const messages: string[][] = [];
  while (!queue.isEmpty) messages.push(eventsIn(queue.take()).map(inWords));
  expect(messages).toEqual([["1", "2", "3"], ["4", "5", "6"], ["7"]]);
  expect([queue.queued, queue.delivered, queue.lost]).toEqual([0, 7, 0]);
});

test("a message has as many bytes as it may, and a larger event is one by itself", () => {
  const size = queuedEvent(exec(1, 1000), false).bytes.length;
  const queue = filled({ batchBytes: size * 2.5 }, 5, 1000);
  expect(queue.isFull).toBe(true);
  expect([eventsIn(queue.take()).length, eventsIn(queue.take()).length]).toEqual([2, 2]);
  expect(queue.isFull).toBe(false);
  expect(eventsIn(filled({ batchBytes: 10 }, 2, 1000).take()).map(inWords)).toEqual(["1"]);
});

test("a full queue drops its oldest, and tells where they are missing", () => {
  const queue = filled({ capacity: 3 }, 5);
  expect(eventsIn(queue.take()).map(inWords)).toEqual(["lost 2 exec subscriber:full", "3", "4", "5"]);
  expect([queue.delivered, queue.lost]).toEqual([3, 2]);
});

test("a queue that is full of bytes does the same, and the newest event always stays", () => {
  expect(eventsIn(filled({ maxBytes: 100 }, 3, 1000).take()).map(inWords)).toEqual([
    "lost 2 exec subscriber:full",
    "3",
  ]);
});

test("what a dropped loss told of is told still, and the loss of each type by itself", () => {
  const queue = createClientQueue({ capacity: 1 });
  const loss: LostEvent = {
    type: "lost",
    time: 1n,
    method: "m",
    source: "ring",
    cause: "full",
    eventType: "exit",
    count: 9,
  };
  for (const event of [loss, loss, exec(1), exec(2)]) queue.push(queuedEvent(event, false));
  expect(eventsIn(queue.take()).map(inWords)).toEqual([
    "lost 18 exit ring:full",
    "lost 2 lost subscriber:full",
    "lost 1 exec subscriber:full",
    "2",
  ]);
  expect(queue.isEmpty).toBe(true);
});

test("nothing grows with the number of different losses", () => {
  const queue = createClientQueue({ capacity: 1 });
  for (let number = 0; number < 1000; number++) {
    const loss: LostEvent = { type: "lost", time: 1n, method: "m", source: `ring${number}`, cause: "full", count: 1 };
    queue.push(queuedEvent(loss, false));
  }
  const told = eventsIn(queue.take()) as LostEvent[];
  expect(told.length).toBeLessThanOrEqual(67);
  expect(told.filter(({ source }) => source !== "subscriber").reduce((sum, { count }) => sum + count, 0)).toBe(1000);
});

test("at any time: offered = delivered + lost + queued, and nothing comes twice or out of order", () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 3000 }) }),
    fc.constant("take" as const),
    fc.constant("shrink" as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (steps, capacity) => {
      const memory = createQueueMemory();
      const queue = createClientQueue({ capacity, maxBytes: 20_000, batchEvents: 4, batchBytes: 5000 }, memory);
      let offered = 0;
      let last = 0;
      let told = 0;
      for (const one of steps) {
        if (one === "shrink") queue.shrink(5000);
        else if (one !== "take") queue.push(queuedEvent(exec(++offered, one.push), false));
        else if (!queue.isEmpty) {
          for (const event of eventsIn(queue.take())) {
            if (event.type === "lost") {
              told += event.count;
              last += event.count;
            } else if (event.type === "exec") expect(event.process.pid).toBe(++last);
          }
          expect(told).toBe(queue.lost);
        }
        expect(queue.delivered + queue.lost + queue.queued).toBe(offered);
        expect(memory.bytes).toBeGreaterThanOrEqual(queue.bytes);
      }
      queue.clear();
      expect(memory.bytes).toBe(0);
    }),
  );
});

test("what is left of a long life is as short as what waits", () => {
  const queue = createClientQueue({ batchEvents: 1 });
  queue.push(queuedEvent(exec(1), false));
  for (let pid = 2; pid < 5000; pid++) {
    queue.push(queuedEvent(exec(pid), false));
    expect(eventsIn(queue.take()).map(inWords)).toEqual([String(pid - 1)]);
  }
  queue.clear();
  expect([queue.queued, queue.isEmpty]).toEqual([0, true]);
});

test("an event that waits in several queues counts once, until the last one has it no more", () => {
  const memory = createQueueMemory();
  const queues = Array.from({ length: 3 }, () => createClientQueue({}, memory));
  // Each has memory of its own.
  const events = Array.from({ length: 10 }, (_, pid) => queuedEvent(exec(pid, Buffer.poolSize), false));
  const size = events.reduce((sum, { bytes }) => sum + bytes.length, 0);
  for (const queue of queues) for (const event of events) queue.push(event);
  expect(memory.bytes).toBe(size);
  while (!queues[0]?.isEmpty) queues[0]?.take();
  queues[1]?.clear();
  expect(memory.bytes).toBe(size);
  queues[2]?.shrink(0);
  expect([memory.bytes, queues[2]?.queued]).toEqual([events[9]?.bytes.length, 1]);
});

test("few of many events do not keep the memory of all, also where another queue has them first", () => {
  const memory = createQueueMemory();
  const [other, queue] = [createClientQueue({ capacity: 10 }, memory), createClientQueue({}, memory)];
  const buffers = new Map<ArrayBufferLike, number>();
  const waiting: QueuedEvent[] = [];
  for (let pid = 0; pid < 1500; pid++) {
    const event = queuedEvent(exec(pid), false);
    for (const one of [other, queue]) one.push(event);
    waiting.push(event);
    // Those that others have asked for stand beside it.
    for (let number = 0; number < 100; number++) queuedEvent(exec(number), false);
  }
  for (const { bytes } of waiting) buffers.set(bytes.buffer, bytes.buffer.byteLength);
  const held = [...buffers.values()].reduce((sum, bytes) => sum + bytes, 0);
  expect(memory.bytes).toBe(held);
  // The first ones may be sent soon, and are in the pools of Node.js.
  expect(held).toBeLessThan(queue.bytes + 512 * Buffer.poolSize);
  expect(waiting.slice(600).every(({ bytes }) => bytes.buffer.byteLength === bytes.length)).toBe(true);
  for (const one of [other, queue]) {
    while (!one.isEmpty)
      for (const event of eventsIn(one.take()))
        if (event.type === "exec") expect(event.process.comm).toMatch(/^program/);
  }
  expect(memory.bytes).toBe(0);
});

test("32,768 events wait, or 32 MiB", () => {
  const event = queuedEvent(exec(1), false);
  const queue = createClientQueue();
  for (let count = 0; count < 33_000; count++) queue.push(event);
  expect([queue.queued, queue.lost]).toEqual([32_768, 232]);
  const large = createClientQueue();
  const heavy = queuedEvent(exec(1, 100_000), false);
  for (let count = 0; count < 1000; count++) large.push(heavy);
  expect(large.queued).toBe(Math.floor((32 * 1024 * 1024) / heavy.bytes.length));
});
