import { setImmediate as turn } from "node:timers/promises";
import type { ChecksumStatus, Checksums, MonitorEvent, Process } from "@procmon/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type HoldOptions, holdForChecksums } from "./hold-for-checksums.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A stream that a test feeds. */
function createFeed() {
  const queue: MonitorEvent[] = [];
  let wake: (() => void) | undefined;
  let state: "open" | "ended" | Error = "open";
  const feed = {
    read: 0,
    isReturned: false,
    push(...events: MonitorEvent[]) {
      queue.push(...events);
      wake?.();
    },
    end(as: "ended" | Error = "ended") {
      state = as;
      wake?.();
    },
    async next(): Promise<IteratorResult<MonitorEvent>> {
      for (;;) {
        const value = queue.shift();
        if (value !== undefined) {
          feed.read++;
          return { done: false, value };
        }
        if (state instanceof Error) throw state;
        if (state === "ended") return { done: true, value: undefined };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async return(): Promise<IteratorResult<MonitorEvent>> {
      feed.isReturned = true;
      feed.end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => feed,
  };
  return feed;
}

function exec(pid: number, checksumStatus?: ChecksumStatus): MonitorEvent {
  const process: Process = { pid, startTime: 1n, ppid: 1, comm: "x", path: `/bin/${pid}` };
  const known = checksumStatus === undefined ? {} : { checksums: {}, checksumStatus };
  return { type: "exec", time: 0n, method: "test", process: { ...process, ...known } };
}

const SUM = { "process.hash.sha256": "ab" };
const OK: Checksums = { status: "ok", checksums: SUM };

/** Starts it, and collects what comes out. */
function start(options: Partial<HoldOptions> = {}) {
  const feed = createFeed();
  const answers = new Map<number, ((known: Checksums | undefined) => void)[]>();
  const flush = new AbortController();
  const out: string[] = [];
  const events: MonitorEvent[] = [];
  const held = holdForChecksums(feed, {
    hash: ({ pid }) =>
      new Promise((resolve) => {
        answers.set(pid, [...(answers.get(pid) ?? []), resolve]);
      }),
    wanted: () => true,
    followUp: (process) => ({ type: "checksum", time: 1n, method: "hashing", process }),
    flush: flush.signal,
    ...options,
  });
  let failure: unknown;
  const ended = (async () => {
    try {
      for await (const event of held) {
        events.push(event);
        const process = "process" in event ? event.process : undefined;
        out.push([event.type, process?.pid, process?.checksumStatus].filter((part) => part !== undefined).join(" "));
      }
    } catch (error) {
      failure = error;
    }
  })();
  return {
    feed,
    flush,
    out,
    events,
    held,
    asked: (pid: number) => answers.get(pid)?.length ?? 0,
    async answer(pid: number, known: Checksums | undefined = OK) {
      for (const resolve of answers.get(pid) ?? []) resolve(known);
      await turn();
    },
    async finish() {
      feed.end();
      await ended;
      return failure;
    },
    ended,
  };
}

async function pass(ms: number): Promise<void> {
  await turn();
  await vi.advanceTimersByTimeAsync(ms);
  await turn();
}

test("what waits for nothing goes on at once", async () => {
  const hold = start();
  hold.feed.push(exec(1), exec(2, "ok"), exec(3, "gone"));
  await pass(0);
  expect(hold.out).toEqual(["exec 1", "exec 2 ok", "exec 3 gone"]);
  expect([hold.asked(1), hold.asked(2), hold.asked(3)]).toEqual([0, 0, 0]);
  await hold.finish();
});

test("a pending one is held until its checksums are known, and others behind it", async () => {
  const hold = start();
  hold.feed.push(exec(1), exec(2, "pending"), exec(3), exec(4, "pending"));
  await pass(500);
  expect(hold.out).toEqual(["exec 1"]);
  await hold.answer(4);
  expect(hold.out).toEqual(["exec 1"]);
  await hold.answer(2);
  expect(hold.out).toEqual(["exec 1", "exec 2 ok", "exec 3", "exec 4 ok"]);
  expect(hold.events[1]).toMatchObject({ process: { checksums: SUM } });
  await hold.finish();
});

test("none is held longer than a second after it came", async () => {
  const hold = start();
  hold.feed.push(exec(1, "pending"));
  await pass(600);
  hold.feed.push(exec(2, "pending"), exec(3));
  await pass(399);
  expect(hold.out).toEqual([]);
  await pass(1);
  expect(hold.out).toEqual(["exec 1 pending"]);
  await pass(599);
  expect(hold.out).toHaveLength(1);
  await pass(1);
  expect(hold.out).toEqual(["exec 1 pending", "exec 2 pending", "exec 3"]);
  await hold.finish();
});

test("what had to go on while pending is followed by its checksums, once", async () => {
  const hold = start();
  hold.feed.push(exec(1, "pending"), exec(1, "pending"), exec(2, "pending"));
  await pass(10);
  expect(hold.asked(1)).toBe(1);
  await hold.answer(2);
  await pass(1000);
  hold.feed.push(exec(3, "pending"));
  await pass(0);
  await hold.answer(1);
  await hold.answer(3);
  expect(hold.out).toEqual(["exec 1 pending", "exec 1 pending", "exec 2 ok", "exec 3 ok", "checksum 1 ok"]);
  await hold.finish();
});

test("no other follows where nothing is to follow", async () => {
  const hold = start({ followUp: () => undefined });
  hold.feed.push(exec(1, "pending"));
  await pass(1000);
  await hold.answer(1);
  expect(hold.out).toEqual(["exec 1 pending"]);
  await hold.finish();
});

test("events of checksums are never held", async () => {
  const hold = start();
  const { process } = exec(1, "pending") as MonitorEvent & { process: Process };
  hold.feed.push({ type: "checksum", time: 0n, method: "hashing", process });
  await pass(0);
  expect(hold.out).toEqual(["checksum 1 pending"]);
  await hold.finish();
});

test("what is not wanted is neither held nor hashed", async () => {
  const hold = start({ wanted: (event) => "process" in event && event.process?.pid === 2 });
  hold.feed.push(exec(1, "pending"), exec(2));
  await pass(0);
  expect([hold.out, hold.asked(1)]).toEqual([["exec 2"], 0]);
  await hold.finish();
});

test("a hasher that fails, or knows nothing, holds nothing up", async () => {
  const hold = start({ hash: async ({ pid }) => (pid === 1 ? Promise.reject(new Error("broken")) : undefined) });
  hold.feed.push(exec(1, "pending"), exec(2, "pending"));
  await pass(0);
  expect(hold.out).toEqual(["exec 1 failed", "exec 2 pending"]);
  await hold.finish();
});

test("where too many wait, the oldest goes on at once", async () => {
  const hold = start({ capacity: 3 });
  hold.feed.push(exec(1, "pending"), exec(2, "pending"), exec(3));
  await pass(0);
  expect(hold.out).toEqual(["exec 1 pending"]);
  hold.feed.push(exec(4));
  await pass(0);
  expect(hold.out).toEqual(["exec 1 pending", "exec 2 pending", "exec 3", "exec 4"]);
  await hold.finish();
});

test("where too many are being computed, no more is waited for", async () => {
  const hold = start({ capacity: 3 });
  for (const pid of [1, 2, 3]) {
    hold.feed.push(exec(pid, "pending"));
    await pass(1000);
  }
  hold.feed.push(exec(4, "pending"), exec(1, "pending"));
  await pass(0);
  expect(hold.out.slice(3)).toEqual(["exec 4 pending"]);
  expect([1, 2, 3, 4].map(hold.asked)).toEqual([1, 1, 1, 0]);
  await hold.answer(1);
  expect(hold.out.slice(4)).toEqual(["exec 1 ok", "checksum 1 ok"]);
  await hold.finish();
});

test("a slow reader holds the source up", async () => {
  const feed = createFeed();
  const hold = holdForChecksums(feed, {
    hash: async () => OK,
    wanted: () => true,
    followUp: () => undefined,
    flush: new AbortController().signal,
    capacity: 10,
  });
  feed.push(...Array.from({ length: 100 }, (_, pid) => exec(pid)));
  const first = await hold.next();
  await pass(0);
  expect(first.value).toMatchObject({ process: { pid: 0 } });
  expect(feed.read).toBe(11);
  for (let pid = 1; pid < 100; pid++) expect((await hold.next()).value).toMatchObject({ process: { pid } });
  await hold.return();
});

test("the end of the source gives all that is held", async () => {
  const hold = start();
  hold.feed.push(exec(1, "pending"), exec(2));
  await pass(100);
  await hold.finish();
  expect(hold.out).toEqual(["exec 1 pending", "exec 2"]);
});

test("a flush gives all that is held as it is, whatever is known right after, and then ends", async () => {
  const hold = start();
  hold.feed.push(exec(1, "pending"), exec(2, "pending"));
  await pass(100);
  hold.flush.abort();
  await hold.answer(1, { status: "failed", checksums: {} });
  await hold.ended;
  expect(hold.out).toEqual(["exec 1 pending", "exec 2 pending"]);
  expect(hold.feed.isReturned).toBe(true);
});

test("a failure of the source is told after what came before it", async () => {
  const hold = start();
  hold.feed.push(exec(1, "pending"));
  await pass(0);
  hold.feed.end(new Error("broken"));
  await hold.ended;
  expect(hold.out).toEqual(["exec 1 pending"]);
  expect(await hold.finish()).toMatchObject({ message: "broken" });
});

test("a reader that leaves ends everything, also while something is held", async () => {
  const feed = createFeed();
  const hold = holdForChecksums(feed, {
    hash: () => new Promise(() => undefined),
    wanted: () => true,
    followUp: () => undefined,
    flush: new AbortController().signal,
  });
  feed.push(exec(1), exec(2, "pending"));
  await hold.next();
  await pass(0);
  await hold.return();
  expect(feed.isReturned).toBe(true);
  expect(await hold.next()).toEqual({ done: true, value: undefined });
});
