import { describe, expect, test, vi } from "vitest";
import type { Ownership } from "../connection/ownership.ts";
import type { MonitorMethod } from "../method/monitor-method.ts";
import { createMonitor } from "./create-monitor.ts";
import type { Monitor, MonitorOptions } from "./monitor.ts";
import { codeOf, execOf, fakeMethod, fakeProcess, readAll, storyOf } from "./testing/fake-method.ts";

const TUPLE = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 } as const;

describe("events", () => {
  test("carry the method and the time, in nanoseconds", async () => {
    const method = fakeMethod("m");
    const monitor = createMonitor({ methods: [method] });
    const stream = monitor.events({ types: ["exec"] });
    await monitor.start();
    const before = BigInt(Date.now() - 5) * 1_000_000n;
    method.host.emit(execOf(1));
    method.host.emit({ ...execOf(2), time: 77n });
    const after = BigInt(Date.now() + 5) * 1_000_000n;
    await monitor.stop();
    const [first, second] = await readAll(stream);
    expect(first).toMatchObject({ method: "m", type: "exec" });
    expect(first && first.time >= before && first.time <= after).toBe(true);
    expect(second?.time).toBe(77n);
  });

  test("broken ones are counted as lost, whatever they are", async () => {
    const method = fakeMethod("m");
    const monitor = createMonitor({ methods: [method] });
    const stream = monitor.events({ types: ["exec"] });
    await monitor.start();
    const poison = {
      get type(): never {
        throw new Error("boo");
      },
    };
    const broken: unknown[] = [
      undefined,
      null,
      7,
      "exec",
      {},
      { type: "lost" },
      { type: "method" },
      { type: "exec" },
      { type: "exec", process: { pid: 1, startTime: 5, ppid: 1, comm: "x" } },
      { type: "exec", process: fakeProcess(1), time: 5 },
      { type: "connect", connection: TUPLE },
      { type: "connect", connection: { ...TUPLE, srcIp: 7 }, ownership: { kind: "none", reason: "not-found" } },
      { type: "connect", connection: TUPLE, ownership: { kind: "process", owners: [] } },
      poison,
    ];
    for (const each of broken) method.host.emit(each as never);
    for (const each of [undefined, {}, { source: "ring", cause: "full", count: -1 }]) method.host.lost(each as never);
    method.host.lost({ source: "ring", cause: "full", eventType: "exec", count: 3 });
    const total = broken.length + 3;
    expect(monitor.stats().events).toMatchObject({ produced: {}, lost: { "method:invalid": total, "ring:full": 3 } });
    const story = await storyOf(monitor, stream);
    expect(story).toHaveLength(total + 1);
    expect(story.at(-1)).toBe("lost ring:full exec 3");
  });

  test("a method is told what is wanted, while it is", async () => {
    const method = fakeMethod("m");
    await using monitor = createMonitor({ methods: [method] });
    await monitor.start();
    expect(method.host.wants("exec")).toBe(false);
    const stream = monitor.events({ types: ["exec", "exit"] });
    const all = monitor.events();
    expect(method.host.wants("connect")).toBe(true);
    await all.return();
    expect(method.host.wants("connect")).toBe(false);
    expect(method.host.wants("exec")).toBe(true);
    await stream.return();
    expect(method.host.wants("exec")).toBe(false);
  });

  test("each reader has its own, and the counters add up", async () => {
    const method = fakeMethod("m");
    const monitor = createMonitor({ methods: [method] });
    const small = monitor.events({ types: ["exec"], capacity: 2 });
    const large = monitor.events({ types: ["exec"] });
    await monitor.start();
    for (let pid = 1; pid <= 10; pid++) method.host.emit(execOf(pid));
    await monitor.stop();
    expect(monitor.stats().events).toEqual({ produced: { exec: 10 }, delivered: 0, lost: { "subscriber:full": 8 } });
    expect(await readAll(small)).toHaveLength(3);
    expect(await readAll(large)).toHaveLength(10);
    expect(monitor.stats().events).toEqual({ produced: { exec: 10 }, delivered: 12, lost: { "subscriber:full": 8 } });
  });

  test("nonsense options", async () => {
    await using monitor = createMonitor();
    for (const options of [{ types: ["execs"] }, { types: "exec" }, { capacity: 0 }, { capacity: 1.5 }]) {
      expect(() => monitor.events(options as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
  });
});

describe("findOwner", () => {
  const answer = (behaviour: MonitorMethod["findOwner"]) => fakeMethod("m", { findOwner: behaviour });

  test("hands over a checked tuple, and counts the answers", async () => {
    const findOwner = vi.fn(async (): Promise<Ownership> => ({ kind: "hidden", requires: "CAP_X" }));
    await using monitor = createMonitor({ methods: [answer(findOwner)] });
    await monitor.start();
    expect(await monitor.findOwner({ ...TUPLE, srcIp: "::FFFF:7f00:1", dstIp: "::1" })).toMatchObject({
      kind: "hidden",
    });
    expect(findOwner).toHaveBeenCalledWith({
      protocol: "tcp6",
      srcIp: "::ffff:127.0.0.1",
      srcPort: 1,
      dstIp: "::1",
      dstPort: 2,
      netns: expect.any(Number),
    });
    expect(monitor.stats().lookups).toEqual({ count: 1, byKind: { process: 0, kernel: 0, none: 0, hidden: 1 } });
  });

  test("refuses what cannot exist, and what comes too early", async () => {
    await using monitor = createMonitor({ methods: [fakeMethod("m")] });
    expect(await codeOf(monitor.findOwner(TUPLE))).toBe("NOT_STARTED");
    await monitor.start();
    for (const change of [{ protocol: "ipx" }, { srcIp: "300.1.1.1" }, { dstPort: 65_536 }, { netns: -1 }]) {
      expect(await codeOf(monitor.findOwner({ ...TUPLE, ...change } as never))).toBe("INVALID_CONNECTION");
    }
    expect(await codeOf(monitor.findOwner(undefined as never))).toBe("INVALID_CONNECTION");
  });

  test("a method that throws, rejects or babbles", async () => {
    const cause = new Error("kaput");
    const throwing = answer(() => {
      throw cause;
    });
    for (const method of [throwing, answer(() => Promise.reject(cause)), answer(async () => "me" as never)]) {
      await using monitor = createMonitor({ methods: [method] });
      await monitor.start();
      const error = await monitor.findOwner(TUPLE).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "METHOD_FAILED" });
      if (method === throwing) expect(error).toMatchObject({ cause });
    }
  });
});

describe("the rest", () => {
  test("findProcess finds this process, and refuses nonsense", async () => {
    await using monitor = createMonitor();
    expect(await monitor.findProcess(process.pid)).toMatchObject({ pid: process.pid, path: process.execPath });
    for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 40, "1", undefined]) {
      expect(await codeOf(monitor.findProcess(pid as never))).toBe("INVALID_PID");
    }
  });

  test("snapshot asks the method, else /proc", async () => {
    const visibility = { pidsReadable: 1, pidsTotal: 2, hiddenBy: [] };
    const socket = {
      family: "inet",
      connection: TUPLE,
      state: "listen",
      inode: 1,
      ownership: { kind: "none", reason: "unheld" },
    } as const;
    const own = fakeMethod("own", {
      visibility: () => visibility,
      async *snapshot() {
        yield socket;
      },
    });
    await using monitor = createMonitor({ methods: [own] });
    expect(await codeOf(monitor.snapshot())).toBe("NOT_STARTED");
    await monitor.start();
    expect(await monitor.snapshot()).toEqual({ method: "own", visibility, sockets: [socket] });
    await monitor.switchMethod(fakeMethod("plain"));
    const snapshot = await monitor.snapshot({ families: ["inet"] });
    expect(snapshot.method).toBe("plain");
    expect(snapshot.visibility.pidsTotal).toBeGreaterThan(0);
    const aborted = AbortSignal.abort(new Error("enough"));
    await expect(monitor.snapshot({ signal: aborted })).rejects.toThrow("enough");
    await monitor.switchMethod(
      fakeMethod("bad", {
        snapshot: () => {
          throw new Error("no");
        },
      }),
    );
    expect(await codeOf(monitor.snapshot())).toBe("METHOD_FAILED");
  });

  test("stats hold the method's own counters, even where it has none to give", async () => {
    await using monitor = createMonitor({ methods: [fakeMethod("m", { stats: () => ({ scans: 3 }) })] });
    expect(monitor.stats()).toMatchObject({ method: undefined, methodStats: {} });
    await monitor.start();
    expect(monitor.stats()).toMatchObject({ method: "m", methodStats: { scans: 3 }, processes: { size: 0 } });
    await monitor.switchMethod(
      fakeMethod("broken", {
        stats: () => {
          throw new Error("no");
        },
      }),
    );
    expect(monitor.stats()).toMatchObject({ method: "broken", methodStats: {} });
  });

  test.each([
    { methods: [] },
    { methods: "proc" },
    { methods: [7] },
    { strict: 1 },
    { processCapacity: 0 },
    { connectionCapacity: 1.5 },
    { graceMs: -1 },
    { sweepMs: 0 },
    { procfs: {} },
    { signal: {} },
    { log: {} },
    { from: "" },
    null,
  ])("nonsense options %j", (options) => {
    expect(() => createMonitor(options as MonitorOptions)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  test("await using stops", async () => {
    const method = fakeMethod("m");
    let outside: Monitor;
    {
      await using monitor = createMonitor({ methods: [method] });
      await monitor.start();
      outside = monitor;
    }
    expect(outside.signal.aborted).toBe(true);
    expect(method.calls.at(-1)).toBe("stop");
  });
});
