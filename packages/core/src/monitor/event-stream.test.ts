import fc from "fast-check";
import { expect, test } from "vitest";
import type { LostEvent, MonitorEvent, MonitorEventType } from "../event/monitor-event.ts";
import { createEventFeed, type EventFeed } from "./event-stream.ts";

function event(id: number, type: "exec" | "fork" = "exec"): MonitorEvent {
  return { type, time: BigInt(id), method: "fake", process: { pid: id, startTime: 0n, ppid: 1, comm: "x" } };
}

interface Options {
  readonly types?: readonly MonitorEventType[];
  readonly capacity?: number;
  readonly signal?: AbortSignal;
}

interface WatchedFeed {
  readonly feed: EventFeed;
  readonly seen: { waiting: number; closes: number };
}

function newFeed({ types, capacity = 4, signal }: Options = {}): WatchedFeed {
  const seen = { waiting: 0, closes: 0 };
  const feed = createEventFeed({
    types: types && new Set(types),
    capacity,
    signal,
    onWaiting: (change) => {
      seen.waiting += change;
    },
    onClose: () => {
      seen.closes++;
    },
  });
  return { feed, seen };
}

const idOf = (event: MonitorEvent) => ("process" in event ? event.process?.pid : event.type);

async function read(feed: EventFeed, count: number): Promise<MonitorEvent[]> {
  const events: MonitorEvent[] = [];
  while (events.length < count) {
    const { done, value } = await feed.stream.next();
    if (done) break;
    events.push(value);
  }
  return events;
}

test("gives events in order, those that came before the reader and those after", async () => {
  const { feed, seen } = newFeed();
  feed.offer(event(1));
  feed.offer(event(2));
  const reading = read(feed, 4);
  await new Promise(setImmediate);
  expect(seen.waiting).toBe(1);
  feed.offer(event(3));
  feed.offer(event(4));
  expect((await reading).map(idOf)).toEqual([1, 2, 3, 4]);
  expect(seen.waiting).toBe(0);
  expect(feed.stream.delivered).toBe(4);
  expect(feed.stream.lost).toBe(0);
});

test("calls of next() that wait together get one event each, in order", async () => {
  const { feed, seen } = newFeed();
  const results = [feed.stream.next(), feed.stream.next(), feed.stream.next()];
  expect(seen.waiting).toBe(3);
  for (const id of [1, 2, 3]) feed.offer(event(id));
  expect((await Promise.all(results)).map(({ value }) => idOf(value))).toEqual([1, 2, 3]);
});

test("tells of a gap where it is, by type", async () => {
  const { feed } = newFeed({ capacity: 2 });
  feed.offer(event(0));
  await feed.stream.next();
  for (const [index, type] of (["exec", "fork", "exec", "exec", "exec"] as const).entries()) {
    feed.offer(event(index + 1, type));
  }
  const [first, second, ...rest] = await read(feed, 4);
  expect(first).toEqual({
    type: "lost",
    time: 3n,
    method: "fake",
    source: "subscriber",
    cause: "full",
    eventType: "exec",
    count: 2,
  });
  expect(second).toMatchObject({ type: "lost", eventType: "fork", count: 1, time: 2n });
  expect(rest.map(idOf)).toEqual([4, 5]);
  expect(feed.stream).toMatchObject({ delivered: 3, lost: 3 });
});

test("a dropped lost event is counted, and what it told is told still", async () => {
  const { feed } = newFeed({ capacity: 1 });
  const ring = { type: "lost", time: 1n, method: "fake", source: "ring", cause: "full", eventType: "exec" } as const;
  feed.offer({ ...ring, count: 5 });
  feed.offer({ ...ring, count: 7 });
  feed.offer(event(1));
  const events = (await read(feed, 3)) as LostEvent[];
  expect(events[0]).toMatchObject({ source: "ring", eventType: "exec", count: 12 });
  expect(events[1]).toMatchObject({ source: "subscriber", eventType: "lost", count: 2 });
  expect(events[2]).toMatchObject({ type: "exec" });
  expect(feed.stream.lost).toBe(2);
});

test("never tells more than a bounded number of different losses apart", async () => {
  const { feed } = newFeed({ capacity: 1 });
  for (let id = 0; id <= 1000; id++) {
    feed.offer({ type: "lost", time: 1n, method: "fake", source: `s${id}`, cause: "c", count: 1 });
  }
  feed.end();
  const events: MonitorEvent[] = [];
  for await (const each of feed.stream) events.push(each);
  expect(events.length).toBeLessThan(100);
  const counts = events.map((each) => (each.type === "lost" && each.source !== "subscriber" ? each.count : 0));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1001);
});

test("takes its types, and the losses that concern them", () => {
  const { feed } = newFeed({ types: ["exec"] });
  const lost = { type: "lost", time: 1n, method: "fake", source: "ring", cause: "full", count: 1 } as const;
  expect(feed.takes(event(1))).toBe(true);
  expect(feed.takes(event(1, "fork"))).toBe(false);
  expect(feed.takes({ type: "method", time: 1n, method: "fake", change: "start" })).toBe(false);
  expect(feed.takes(lost)).toBe(true);
  expect(feed.takes({ ...lost, eventType: "exec" })).toBe(true);
  expect(feed.takes({ ...lost, eventType: "fork" })).toBe(false);
});

test("at the end what is queued is still given, and then no more", async () => {
  const { feed, seen } = newFeed();
  feed.offer(event(1));
  feed.offer(event(2));
  feed.end();
  feed.offer(event(3));
  const events: MonitorEvent[] = [];
  for await (const each of feed.stream) events.push(each);
  expect(events.map(idOf)).toEqual([1, 2]);
  expect(seen.closes).toBe(1);
  expect(await feed.stream.next()).toEqual({ done: true, value: undefined });
});

test("the end releases those who wait", async () => {
  const { feed, seen } = newFeed();
  const results = [feed.stream.next(), feed.stream.next()];
  feed.end();
  expect(await Promise.all(results)).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
  expect(seen).toEqual({ waiting: 0, closes: 1 });
});

test("leaving the loop closes the stream at once", async () => {
  const { feed, seen } = newFeed();
  for (const id of [1, 2, 3]) feed.offer(event(id));
  for await (const each of feed.stream) {
    expect(idOf(each)).toBe(1);
    break;
  }
  expect(feed.queued).toBe(0);
  expect(seen.closes).toBe(1);
  feed.offer(event(4));
  expect((await feed.stream.next()).done).toBe(true);
  expect(feed.stream).toMatchObject({ delivered: 1, lost: 0 });
});

test("await using closes the stream", async () => {
  const { feed, seen } = newFeed();
  {
    await using stream = feed.stream;
    expect(stream.lost).toBe(0);
  }
  expect(seen.closes).toBe(1);
});

test("an abort ends it at once, without an error", async () => {
  const controller = new AbortController();
  const { feed, seen } = newFeed({ signal: controller.signal });
  const waiting = feed.stream.next();
  controller.abort();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(seen.closes).toBe(1);
  expect((await newFeed({ signal: controller.signal }).feed.stream.next()).done).toBe(true);
});

test("offered = delivered + lost + queued, at every moment, and the losses told add up", async () => {
  const steps = fc.array(fc.constantFrom("exec", "fork", "read", "read"), { maxLength: 200, size: "max" });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), async (actions, capacity) => {
      const { feed } = newFeed({ capacity });
      const got: MonitorEvent[] = [];
      const take = (result: IteratorResult<MonitorEvent>) => {
        if (!result.done) got.push(result.value);
      };
      const readings: Promise<void>[] = [];
      let offered = 0;
      for (const action of actions) {
        if (action === "read") readings.push(feed.stream.next().then(take));
        else feed.offer(event(++offered, action as "exec" | "fork"));
        const { delivered, lost } = feed.stream;
        expect(delivered + lost + feed.queued).toBe(offered);
      }
      feed.end();
      await Promise.all(readings);
      for await (const each of feed.stream) got.push(each);
      const real = got.filter((each) => each.type !== "lost");
      const told = got.reduce((sum, each) => sum + (each.type === "lost" ? each.count : 0), 0);
      expect(real.length).toBe(feed.stream.delivered);
      expect(told).toBe(feed.stream.lost);
      expect(real.length + told).toBe(offered);
      // Every gap is told where it is: what was delivered or told lost before an event makes up its number.
      let number = 0;
      for (const each of got) {
        if (each.type === "lost") number += each.count;
        else expect(idOf(each)).toBe(++number);
      }
    }),
  );
});
