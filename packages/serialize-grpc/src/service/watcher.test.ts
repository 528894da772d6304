import { expect, test } from "vitest";
import { queuedEvent } from "./queued-event.ts";
import { execOf } from "./synthetic-method.test-kit.ts";
import { eventsIn, nextOf } from "./watch-messages.test-kit.ts";
import { createWatcher, type Watcher } from "./watcher.ts";

const start = Buffer.from("start");

function make(signal: AbortSignal = new AbortController().signal): { watcher: Watcher; closed: () => number } {
  let closed = 0;
  const watcher = createWatcher({ start, signal, queue: { batchEvents: 100 }, onClose: () => closed++ });
  return { watcher, closed: () => closed };
}

function offer(watcher: Watcher, count: number): void {
  for (let pid = 1; pid <= count; pid++) {
    watcher.offer(queuedEvent({ time: 1n, method: "m", ...execOf(pid) }, false));
  }
}

test("the start comes at once, and then the first event of a pause by itself", async () => {
  const { watcher } = make();
  const { messages } = watcher;
  expect(await nextOf(messages)).toBe(start);
  const first = nextOf(messages);
  offer(watcher, 10);
  expect(eventsIn(await first)).toHaveLength(1);
  // The others have come meanwhile, and go together.
  expect(eventsIn(await nextOf(messages))).toHaveLength(9);
});

test("what is enough for a message does not wait", async () => {
  const { watcher } = make();
  offer(watcher, 250);
  const { messages } = watcher;
  await nextOf(messages);
  const sizes = [];
  for (let count = 0; count < 3; count++) sizes.push(eventsIn(await nextOf(messages)).length);
  expect(sizes).toEqual([100, 100, 50]);
  expect(watcher.queue).toMatchObject({ delivered: 250, queued: 0, lost: 0 });
});

test("the end comes after what is queued", async () => {
  const { watcher, closed } = make();
  const { messages } = watcher;
  await nextOf(messages);
  offer(watcher, 2);
  watcher.end();
  offer(watcher, 1);
  expect(eventsIn(await nextOf(messages))).toHaveLength(2);
  expect(closed()).toBe(0);
  expect(await messages.next()).toEqual({ done: true, value: undefined });
  expect(closed()).toBe(1);
});

test("the end comes to one who waits", async () => {
  const { watcher, closed } = make();
  await nextOf(watcher.messages);
  const waiting = watcher.messages.next();
  watcher.end();
  expect(await waiting).toMatchObject({ done: true });
  expect(closed()).toBe(1);
});

test.each(["abort", "return", "close"])("%s ends it at once, and drops what is queued", async (how) => {
  const controller = new AbortController();
  const { watcher, closed } = make(controller.signal);
  const { messages } = watcher;
  await nextOf(messages);
  const waiting = messages.next();
  offer(watcher, 1);
  await waiting;
  const next = messages.next();
  offer(watcher, 5);
  if (how === "abort") controller.abort();
  else if (how === "return") await messages.return?.();
  else watcher.close();
  expect(await next).toMatchObject({ done: true });
  expect(await messages.next()).toMatchObject({ done: true });
  expect(closed()).toBe(1);
  expect(watcher.queue.queued).toBe(0);
});

test("only one message can be waited for", async () => {
  const { watcher } = make();
  await nextOf(watcher.messages);
  const first = watcher.messages.next();
  await expect(watcher.messages.next()).rejects.toThrow("Only one");
  watcher.close();
  await first;
});
