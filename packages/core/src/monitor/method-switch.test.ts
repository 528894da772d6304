import { expect, test, vi } from "vitest";
import type { EmittedEvent } from "../event/monitor-event.ts";
import { createMonitor } from "./create-monitor.ts";
import { execOf, fakeMethod, storyOf } from "./testing/fake-method.ts";

const TUPLE = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 } as const;

function connect(srcPort: number, protocol: "tcp" | "tcp6" = "tcp"): EmittedEvent {
  const ip = protocol === "tcp" ? "127.0.0.1" : "::ffff:127.0.0.1";
  const connection = { protocol, srcIp: ip, srcPort, dstIp: ip, dstPort: 2, netns: 1 };
  return { type: "connect", connection, ownership: { kind: "none", reason: "unheld" } };
}

function gateOf(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test("the old method runs until the new one does, and nothing is lost or told twice", async () => {
  const starting = gateOf();
  const old = fakeMethod("old", {
    stop: async () => {
      // Seen before, told at the last moment.
      old.host.emit(execOf(4));
      await new Promise(setImmediate);
      old.host.emit(connect(50));
    },
  });
  const next = fakeMethod("next", { start: () => starting.opened });
  const monitor = createMonitor({ methods: [old] });
  const stream = monitor.events();
  await monitor.start();
  old.host.emit(execOf(1));
  const switching = monitor.switchMethod(next);
  await vi.waitFor(() => expect(next.calls).toContain("start"));
  // Both see these two, each at its own time, the second by another family of the same socket.
  old.host.emit(execOf(2));
  next.host.emit({ ...execOf(2), time: 1n });
  next.host.emit(connect(50, "tcp6"));
  // Only one of them sees these.
  old.host.emit(execOf(3));
  next.host.emit(execOf(4));
  next.host.emit(execOf(5));
  next.host.emit(execOf(5));
  next.host.lost({ source: "ring", cause: "full", eventType: "exec", count: 2 });
  expect(monitor.method).toBe("old");
  starting.open();
  expect(await switching).toMatchObject({ method: "next", requested: ["next"], skipped: [] });
  expect(monitor.method).toBe("next");
  next.host.emit(execOf(6));
  old.host.emit(execOf(7));
  expect(await storyOf(monitor, stream)).toEqual([
    "start old",
    "old: exec 1",
    "old: exec 2",
    "old: exec 3",
    "old: exec 4",
    "old: connect ",
    "switch next from old",
    "next: exec 5",
    "next: exec 5",
    "lost ring:full exec 2",
    "next: exec 6",
    "stop next",
  ]);
  expect(old.calls).toEqual(["probe", "start", "stop"]);
});

test("the same event again after the switch is another one", async () => {
  const monitor = createMonitor({ methods: [fakeMethod("old")] });
  const next = fakeMethod("next");
  const stream = monitor.events({ types: ["connect"] });
  await monitor.start();
  await monitor.switchMethod(next);
  next.host.emit(connect(50));
  next.host.emit(connect(50));
  expect(await storyOf(monitor, stream)).toHaveLength(2);
});

test("what does not fit while held back is counted", async () => {
  const old = fakeMethod("old");
  const next = fakeMethod("next", {
    start: async (host) => {
      // The old one tells some of those that will not fit: these are not lost.
      for (let pid = 1; pid <= 100; pid++) old.host.emit(execOf(pid));
      for (let pid = 1; pid <= 10_000; pid++) host.emit(execOf(pid));
    },
  });
  const monitor = createMonitor({ methods: [old] });
  const stream = monitor.events({ types: ["exec"], capacity: 20_000 });
  await monitor.start();
  await monitor.switchMethod(next);
  const story = await storyOf(monitor, stream);
  const lost = story.filter((line) => line.startsWith("lost"));
  expect(lost).toHaveLength(1);
  const count = Number(lost[0]?.split(" ").at(-1));
  const execs = story.filter((line) => line.includes("exec") && !line.startsWith("lost"));
  expect(lost[0]).toContain("monitor:full exec");
  expect(execs.length + count).toBe(10_000);
  expect(new Set(execs.map((line) => line.split(" ").at(-1))).size).toBe(execs.length);
});

test.each([
  ["it cannot run here", { probe: async () => ({ result: "unavailable" as const, checks: [] }) }, "METHOD_UNAVAILABLE"],
  ["its start fails", { start: () => Promise.reject(new Error("no")) }, "METHOD_FAILED"],
])("the old method stays where the new one does not start: %s", async (_words, behaviour, code) => {
  const old = fakeMethod("old");
  const next = fakeMethod("next", behaviour);
  const monitor = createMonitor({ methods: [old] });
  const stream = monitor.events();
  await monitor.start();
  await expect(monitor.switchMethod(next)).rejects.toMatchObject({ code });
  expect(monitor.method).toBe("old");
  old.host.emit(execOf(1));
  expect(await monitor.findOwner(TUPLE)).toMatchObject({ kind: "none" });
  expect(await storyOf(monitor, stream)).toEqual(["start old", "failure old from next", "old: exec 1", "stop old"]);
  if (next.calls.includes("start")) expect(next.calls.at(-1)).toBe("stop");
});

test("a method that is not installed leaves the old one, too", async () => {
  await using monitor = createMonitor({ methods: [fakeMethod("old")], from: "/" });
  await expect(monitor.switchMethod("nowhere")).rejects.toMatchObject({ code: "NOT_STARTED" });
  await monitor.start();
  await expect(monitor.switchMethod("nowhere")).rejects.toMatchObject({ code: "METHOD_NOT_INSTALLED" });
  expect(monitor.method).toBe("old");
});

test("switches come one after the other, and a stop ends the one that hangs", async () => {
  const [a, b] = [fakeMethod("a"), fakeMethod("b")];
  const hanging = fakeMethod("hanging", { start: () => new Promise(() => {}) });
  const monitor = createMonitor({ methods: [a] });
  const stream = monitor.events();
  const reports = await Promise.all([monitor.start(), monitor.switchMethod(() => b), monitor.switchMethod(b)]);
  expect(reports.map(({ method }) => method)).toEqual(["a", "b", "b"]);
  const switching = monitor.switchMethod(hanging).catch((error: unknown) => error);
  await vi.waitFor(() => expect(hanging.calls).toContain("start"));
  const story = await storyOf(monitor, stream);
  expect(await switching).toMatchObject({ code: "STOPPED" });
  expect(hanging.calls.at(-1)).toBe("stop");
  expect(story).toEqual(["start a", "switch b from a", "stop b"]);
  expect(b.calls).toEqual(["probe", "start", "stop"]);
});

test("a lookup that the old method can answer no more is answered by the new one", async () => {
  const asked = gateOf();
  const old = fakeMethod("old", {
    findOwner: () =>
      new Promise((_, reject) => {
        asked.open();
        old.host.signal.addEventListener("abort", () => reject(new Error("stopped")));
      }),
  });
  const next = fakeMethod("next", {
    findOwner: async () => ({ kind: "kernel", path: "Kernel connection", via: "next" }),
  });
  await using monitor = createMonitor({ methods: [old] });
  await monitor.start();
  const owner = monitor.findOwner(TUPLE);
  await asked.opened;
  await monitor.switchMethod(next);
  expect(await owner).toMatchObject({ kind: "kernel", via: "next" });
});

test("connections that the old method told of keep no process any more", async () => {
  const old = fakeMethod("old");
  const owner = { pid: 77, startTime: 77n };
  await using monitor = createMonitor({ methods: [old], graceMs: 0 });
  await monitor.start();
  const ownership = { kind: "process", confidence: "exact", via: "x", owners: [owner] } as const;
  old.host.emit(execOf(77));
  old.host.emit({ ...connect(1), ownership } as EmittedEvent);
  monitor.processes.end(owner);
  expect(monitor.processes.sweep(1n << 62n)).toBe(0);
  await monitor.switchMethod(fakeMethod("next"));
  expect(monitor.processes.sweep(1n << 62n)).toBe(1);
});
