import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { ProcmonError } from "@procmon/core";
import defaultExport, { procMethod } from "@procmon/method-proc";
import { describe, expect, it } from "vitest";
import { tuple, until } from "./connections.ts";
import { createHost } from "./host.ts";

describe("procMethod", () => {
  it("is the default export too", () => {
    expect(defaultExport).toBe(procMethod);
    expect(procMethod()).toMatchObject({ specVersion: 1, name: "proc" });
  });

  it.each([{ pollMs: 0 }, { pollMs: Number.NaN }, { worker: "yes" }])("refuses %o", (options) => {
    expect(() => procMethod(options as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });

  it("probes without being started", async () => {
    const report = await procMethod().probe();
    expect(report.result).toBe("available");
    expect(report.checks.map((check) => check.name)).toEqual([
      "procfs",
      "hidepid",
      "descriptors",
      "network-namespaces",
      "native",
      "proc-connector",
    ]);
    for (const check of report.checks) {
      expect(check.detail).toMatch(/\.$/);
      // Not for everything there is a remedy: what refuses one who has all capabilities is not told.
      if (check.result !== "available") expect(check).toMatchObject({ cost: expect.stringMatching(/\.$/) });
    }
  });

  it("says what is wrong where there is no procfs", async () => {
    const method = procMethod();
    const host = { ...createHost(), procfs: { root: "/tmp" } };
    await expect(method.start(host)).rejects.toMatchObject({ code: "METHOD_UNAVAILABLE", remedy: expect.any(String) });
    await method.stop();
    host.close();
  });

  it("rejects lookups before the start", async () => {
    const error = await procMethod()
      .findOwner(tuple(1, 1))
      .catch((cause: unknown) => cause);
    expect(ProcmonError.isInstance(error) && error.code).toBe("NOT_STARTED");
  });

  it("stops before, during and after the start, and again", async () => {
    const host = createHost(["connect"]);
    const never = procMethod();
    await never.stop();
    await expect(never.start(host)).rejects.toThrow();
    const early = procMethod();
    const starting = early.start(host).catch(() => "rejected");
    await early.stop();
    expect(await starting).toBe("rejected");
    const late = procMethod();
    await late.start(host);
    await Promise.all([late.stop(), late.stop()]);
    await late.stop();
    expect(host.failures).toEqual([]);
    host.close();
  });

  it("hands over what has been seen before it stops", async () => {
    const host = createHost(["exec"]);
    const method = procMethod({ pollMs: 20 });
    await method.start(host);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const child = spawn("sleep", ["60"]);
    try {
      // The worker sees it while this thread has no time to listen.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      await method.stop();
      expect(host.events).toContainEqual(
        expect.objectContaining({ process: expect.objectContaining({ pid: child.pid }) }),
      );
    } finally {
      child.kill();
      host.close();
    }
  });

  it.each([
    { worker: true, native: true },
    { worker: false, native: true },
    { worker: true, native: false },
    { worker: false, native: false },
  ])("leaves no descriptor, no thread and no timer, with %o", async (options) => {
    const open = () => readdirSync("/proc/self/fd").length;
    const before = open();
    const resources = process.getActiveResourcesInfo().length;
    for (let round = 0; round < 3; round++) {
      const host = createHost(["connect", "exec"]);
      const method = procMethod({ pollMs: 20, ...options });
      await method.start(host);
      await method.findOwner(tuple(1, 1));
      expect((method.stats?.().exactQueries ?? 0) > 0).toBe(options.native);
      await method.stop();
      host.close();
    }
    await until(() => open() <= before);
    await until(() => process.getActiveResourcesInfo().length <= resources);
  });
});
