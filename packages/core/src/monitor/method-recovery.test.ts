import { expect, test, vi } from "vitest";
import type { MonitorMethod } from "../method/monitor-method.ts";
import { createMonitor } from "./create-monitor.ts";
import { execOf, type FakeMethod, fakeMethod, storyOf } from "./testing/fake-method.ts";

const TUPLE = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 } as const;

/** A factory that makes a new method each time, and keeps them. */
function fakeFactory(name: string, behaviour: (index: number) => Partial<MonitorMethod> = () => ({})) {
  const made: FakeMethod[] = [];
  const factory = () => {
    const method = fakeMethod(name, behaviour(made.length));
    made.push(method);
    return method;
  };
  return { factory, made };
}

test("a method that fails is restarted once, then the next one takes over", async () => {
  const first = fakeFactory("first");
  const second = fakeFactory("second");
  const monitor = createMonitor({ methods: [first.factory, "not-there", second.factory], from: "/" });
  const stream = monitor.events();
  await monitor.start();
  first.made[0]?.host.emit(execOf(1));
  first.made[0]?.host.fail(new Error("ring gone"));
  first.made[0]?.host.fail(new Error("said twice"));
  // A lookup waits for the one that takes over.
  expect(await monitor.findOwner(TUPLE)).toMatchObject({ kind: "none" });
  expect(monitor.method).toBe("first");
  expect(first.made.map(({ calls }) => calls.join())).toEqual(["probe,start,stop", "probe,start"]);
  first.made[1]?.host.emit(execOf(2));
  first.made[1]?.host.fail("again");
  expect(monitor.method).toBeUndefined();
  await monitor.findOwner(TUPLE);
  expect(monitor.method).toBe("second");
  expect(await storyOf(monitor, stream)).toEqual([
    "start first",
    "first: exec 1",
    "restart first",
    "first: exec 2",
    "fallback second from not-there",
    "fallback second from first",
    "stop second",
  ]);
});

test("where none can take over, lookups tell of the failure, and a switch mends it", async () => {
  const cause = new Error("ring gone");
  const only = fakeFactory("only", (index) =>
    index === 0 ? {} : { start: () => Promise.reject(new Error("still gone")) },
  );
  const monitor = createMonitor({ methods: [only.factory] });
  const stream = monitor.events();
  await monitor.start();
  only.made[0]?.host.fail(cause);
  const error = await monitor.findOwner(TUPLE).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "METHOD_FAILED", cause, message: expect.stringContaining("ring gone") });
  expect(error).toMatchObject({ message: expect.stringContaining("still gone") });
  expect(monitor.method).toBeUndefined();
  await monitor.switchMethod(fakeMethod("other"));
  expect(await monitor.findOwner(TUPLE)).toMatchObject({ kind: "none" });
  expect(await storyOf(monitor, stream)).toEqual(["start only", "failure only", "switch other", "stop other"]);
});

test("strict falls back to no other, but restarts", async () => {
  const first = fakeFactory("first");
  const second = fakeFactory("second");
  const monitor = createMonitor({ methods: [first.factory, second.factory], strict: true });
  const stream = monitor.events();
  await monitor.start();
  first.made[0]?.host.fail("a");
  await monitor.findOwner(TUPLE);
  first.made[1]?.host.fail("b");
  await expect(monitor.findOwner(TUPLE)).rejects.toMatchObject({ code: "METHOD_FAILED" });
  expect(second.made).toEqual([]);
  expect(await storyOf(monitor, stream)).toEqual(["start first", "restart first", "failure first"]);
});

test("an object starts only once, so the next one takes over at once", async () => {
  const first = fakeMethod("first");
  const monitor = createMonitor({ methods: [first, fakeMethod("second")] });
  const stream = monitor.events();
  await monitor.start();
  first.host.fail("x");
  await monitor.findOwner(TUPLE);
  expect(first.calls).toEqual(["probe", "start", "stop"]);
  expect(await storyOf(monitor, stream)).toEqual(["start first", "fallback second from first", "stop second"]);
});

test("a method that was switched to falls back to the line-up", async () => {
  const first = fakeFactory("first");
  const guest = fakeMethod("guest");
  const monitor = createMonitor({ methods: [first.factory] });
  await monitor.start();
  await monitor.switchMethod(guest);
  guest.host.fail("x");
  await monitor.findOwner(TUPLE);
  expect(monitor.method).toBe("first");
  expect(first.made).toHaveLength(2);
  await monitor.stop();
});

test("the old method may fail while the new one starts", async () => {
  const old = fakeMethod("old");
  const next = fakeMethod("next", { start: async () => old.host.fail("x") });
  const monitor = createMonitor({ methods: [old, fakeMethod("unused")] });
  const stream = monitor.events();
  await monitor.start();
  await monitor.switchMethod(next);
  await new Promise(setImmediate);
  expect(monitor.method).toBe("next");
  expect(await storyOf(monitor, stream)).toEqual(["start old", "switch next from old", "stop next"]);
});

test("a stop while a failed method is replaced wins", async () => {
  const first = fakeFactory("first", (index) => (index === 0 ? {} : { start: () => new Promise(() => {}) }));
  const monitor = createMonitor({ methods: [first.factory, fakeMethod("second")] });
  await monitor.start();
  first.made[0]?.host.fail("x");
  const owner = monitor.findOwner(TUPLE).catch((error: unknown) => error);
  await vi.waitFor(() => expect(first.made[1]?.calls).toContain("start"));
  await monitor.stop();
  expect(await owner).toMatchObject({ code: "STOPPED" });
  expect(first.made[1]?.calls.at(-1)).toBe("stop");
  expect(monitor.method).toBeUndefined();
});

test.each([1, 2, 3, 4, 5, 6, 8, 12, 16])(
  "a method that fails %i microtasks after its start is replaced",
  async (count) => {
    const first = fakeFactory("first", () => ({
      async start() {
        const host = first.made.at(-1)?.host;
        const fail = async () => {
          for (let microtask = 0; microtask < count; microtask++) await undefined;
          host?.fail(new Error("at once"));
        };
        fail();
      },
    }));
    const second = fakeFactory("second");
    const monitor = createMonitor({ methods: [first.factory, second.factory] });
    await monitor.start();
    await vi.waitFor(() => expect(monitor.method).toBe("second"));
    for (const { calls } of first.made) expect(calls.join()).toBe("probe,start,stop");
    await monitor.stop();
  },
);

test("a method that fails after being switched to, while the old one still stops, is replaced", async () => {
  let letGo = () => {};
  const old = fakeFactory("old", () => ({
    stop: () =>
      new Promise<void>((resolve) => {
        letGo = resolve;
      }),
  }));
  const next = fakeFactory("next");
  const monitor = createMonitor({ methods: [old.factory] });
  await monitor.start();
  const switching = monitor.switchMethod(next.factory);
  await vi.waitFor(() => expect(monitor.method).toBe("next"));
  next.made[0]?.host.fail(new Error("early"));
  letGo();
  await switching;
  expect(await monitor.findOwner(TUPLE)).toMatchObject({ kind: "none" });
  expect(next.made.map(({ calls }) => calls.join())).toEqual(["probe,start,stop", "probe,start"]);
  await monitor.stop();
});
