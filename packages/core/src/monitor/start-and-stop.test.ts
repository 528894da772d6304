import { describe, expect, test, vi } from "vitest";
import type { ProcmonError } from "../errors/procmon-error.ts";
import type { MonitorMethod } from "../method/monitor-method.ts";
import { createMonitor } from "./create-monitor.ts";
import { codeOf, execOf, fakeMethod, readAll, storyOf } from "./testing/fake-method.ts";

const TUPLE = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 } as const;

const unavailable: Partial<MonitorMethod> = {
  probe: async () => ({
    result: "unavailable",
    checks: [
      { name: "x", result: "unavailable", required: false, detail: "An extra is missing." },
      { name: "y", result: "unavailable", required: true, detail: "No BPF here.", remedy: "Load it." },
    ],
  }),
};

describe("start", () => {
  test("runs the first method that can, and tells why the others do not", async () => {
    const failing = fakeMethod("failing", {
      start: async () => {
        throw new Error("no socket");
      },
    });
    const good = fakeMethod("good");
    const unused = fakeMethod("unused");
    await using monitor = createMonitor({
      methods: ["not-there", fakeMethod("a", unavailable), failing, () => good, unused],
      from: "/",
    });
    const stream = monitor.events({ types: ["method"] });
    const report = await monitor.start();
    expect(report).toMatchObject({ method: "good", requested: ["not-there", "a", "failing", "good", "unused"] });
    expect(report.capabilities).toBe(good.capabilities);
    expect(report.skipped).toEqual([
      {
        method: "not-there",
        code: "METHOD_NOT_INSTALLED",
        reason: expect.stringContaining("not-there"),
        remedy: "npm install procmon-method-not-there",
      },
      { method: "a", code: "METHOD_UNAVAILABLE", reason: "No BPF here.", remedy: "Load it." },
      { method: "failing", code: "METHOD_FAILED", reason: expect.stringContaining("no socket") },
    ]);
    expect(failing.calls).toEqual(["probe", "start", "stop"]);
    expect(unused.calls).toEqual([]);
    expect(monitor.method).toBe("good");
    expect(await monitor.start()).toBe(report);
    expect(await storyOf(monitor, stream)).toEqual([
      "fallback good from not-there",
      "fallback good from a",
      "fallback good from failing",
      "start good",
      "stop good",
    ]);
    expect(monitor.method).toBeUndefined();
  });

  test("strict allows only the first, and gives its own error", async () => {
    const second = fakeMethod("second");
    const monitor = createMonitor({ methods: [fakeMethod("a", unavailable), second], strict: true });
    const error = await monitor.start().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "METHOD_UNAVAILABLE", message: "No BPF here.", remedy: "Load it." });
    expect(second.calls).toEqual([]);
    await monitor.stop();
  });

  test("without any that can run, all reasons are told", async () => {
    const monitor = createMonitor({ methods: [fakeMethod("a", unavailable), "not-there"], from: "/" });
    const stream = monitor.events();
    const error = (await monitor.start().catch((reason: unknown) => reason)) as ProcmonError;
    expect(error).toMatchObject({ code: "NO_METHOD", remedy: "Load it." });
    expect(error.message).toContain("No BPF here.");
    expect(error.message).toContain("procmon-method-not-there");
    expect(await codeOf(monitor.findOwner(TUPLE))).toBe("NOT_STARTED");
    expect(await storyOf(monitor, stream)).toEqual(["failure a"]);
  });

  test("a probe that cannot tell is no reason not to try; one that breaks is", async () => {
    const unknown = fakeMethod("unknown", { probe: async () => ({ result: "unknown", checks: [] }) });
    const broken = fakeMethod("broken", { probe: async () => undefined as never });
    await using monitor = createMonitor({ methods: [broken, unknown] });
    const report = await monitor.start();
    expect(report.method).toBe("unknown");
    expect(report.skipped).toMatchObject([{ method: "broken", code: "METHOD_FAILED" }]);
  });

  test("a method that fails through its host while starting does not run", async () => {
    const failing = fakeMethod("failing", {
      start: (host) => {
        host.fail("ring gone");
        return new Promise(() => {});
      },
    });
    await using monitor = createMonitor({ methods: [failing, fakeMethod("good")] });
    expect((await monitor.start()).skipped).toMatchObject([
      { method: "failing", reason: expect.stringContaining("ring gone") },
    ]);
    expect(failing.host.signal.aborted).toBe(true);
  });

  test("what a method emits while it starts comes after the start", async () => {
    const eager = fakeMethod("eager", { start: async (host) => host.emit(execOf(5)) });
    const monitor = createMonitor({ methods: [eager] });
    const stream = monitor.events();
    await monitor.start();
    expect(await storyOf(monitor, stream)).toEqual(["start eager", "eager: exec 5", "stop eager"]);
  });
});

describe("stop", () => {
  test("is idempotent, ends the streams, and what the method still says is heard", async () => {
    const method = fakeMethod("m", {
      stop: async () => {
        await new Promise(setImmediate);
        method.host.emit(execOf(9));
      },
    });
    const monitor = createMonitor({ methods: [method] });
    const stream = monitor.events();
    await monitor.start();
    await Promise.all([monitor.stop(), monitor.stop()]);
    method.host.emit(execOf(10));
    expect(await storyOf(monitor, stream)).toEqual(["start m", "m: exec 9", "stop m"]);
    expect(method.calls).toEqual(["probe", "start", "stop"]);
    expect(method.host.signal.aborted).toBe(true);
    expect(monitor.signal.aborted).toBe(true);
    expect(await readAll(monitor.events())).toEqual([]);
    for (const promise of [
      monitor.start(),
      monitor.findOwner(TUPLE),
      monitor.findProcess(1),
      monitor.snapshot(),
      monitor.switchMethod("proc"),
    ]) {
      expect(await codeOf(promise)).toBe("STOPPED");
    }
  });

  test("during a start that hangs, breaks it off", async () => {
    const hanging = fakeMethod("hanging", { start: () => new Promise(() => {}) });
    const monitor = createMonitor({ methods: [hanging, "never-asked"] });
    const starting = codeOf(monitor.start());
    await vi.waitFor(() => expect(hanging.calls).toContain("start"));
    await monitor.stop();
    expect(await starting).toBe("STOPPED");
    expect(hanging.calls).toEqual(["probe", "start", "stop"]);
  });

  test("before the start", async () => {
    const method = fakeMethod("m");
    const monitor = createMonitor({ methods: [method] });
    await monitor.stop();
    expect(await codeOf(monitor.start())).toBe("STOPPED");
    expect(method.calls).toEqual([]);
  });

  test("gives a method that hangs up after 5 s, with a warning", async () => {
    const hanging = fakeMethod("hanging", { stop: () => new Promise(() => {}) });
    const warn = vi.fn();
    const monitor = createMonitor({ methods: [hanging], log: { debug() {}, info() {}, warn, error() {} } });
    await monitor.start();
    const begun = performance.now();
    await monitor.stop();
    expect(performance.now() - begun).toBeGreaterThan(4900);
    expect(performance.now() - begun).toBeLessThan(7000);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("hanging has not stopped within 5 s"));
  });

  test("by a signal, also one that was aborted before", async () => {
    const controller = new AbortController();
    const method = fakeMethod("m");
    const monitor = createMonitor({ methods: [method], signal: controller.signal });
    const stream = monitor.events();
    await monitor.start();
    controller.abort();
    expect((await readAll(stream)).at(-1)).toMatchObject({ type: "method", change: "stop" });
    expect(method.calls.at(-1)).toBe("stop");
    const late = createMonitor({ methods: [method], signal: controller.signal });
    expect(await codeOf(late.start())).toBe("STOPPED");
  });

  test("of a method that throws while stopping", async () => {
    const method = fakeMethod("m", {
      stop: () => {
        throw new Error("stuck");
      },
    });
    const warn = vi.fn();
    const monitor = createMonitor({ methods: [method], log: { debug() {}, info() {}, warn, error() {} } });
    await monitor.start();
    await monitor.stop();
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("stuck"), expect.anything());
  });
});
