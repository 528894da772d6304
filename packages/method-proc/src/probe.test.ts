import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_PROCFS } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { probe } from "./probe.ts";

const OPTIONS = { native: true, processEvents: "auto" } as const;

describe("probe", () => {
  it("runs wherever there is a procfs", async () => {
    const { result, checks } = await probe(DEFAULT_PROCFS, OPTIONS);
    expect(result).toBe("available");
    expect(checks.map(({ name }) => name)).toEqual([
      "procfs",
      "hidepid",
      "descriptors",
      "network-namespaces",
      "native",
      "proc-connector",
    ]);
    expect(checks[4]).toMatchObject({ result: "available" });
    expect(checks[2]?.detail).toMatch(/^The descriptors of \d+ of \d+ processes may be read\./);
  });

  it("says what it costs to go without native code", async () => {
    const { result, checks } = await probe(DEFAULT_PROCFS, { ...OPTIONS, native: false });
    expect(result).toBe("available");
    const [native, connector] = checks.slice(-2);
    expect(native).toMatchObject({ result: "unavailable", cost: expect.stringContaining("/proc") });
    expect(connector).toMatchObject({ result: "unavailable", cost: expect.stringContaining("again and again") });
  });

  it("says what to do where there is none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "procmon-probe-"));
    const empty = await probe({ root: folder }, OPTIONS);
    rmdirSync(folder);
    expect(empty).toMatchObject({
      result: "unavailable",
      checks: [{ name: "procfs", detail: `${folder} is no procfs.` }],
    });
    const missing = await probe({ root: folder }, OPTIONS);
    expect(missing.result).toBe("unavailable");
    expect(missing.checks[0]?.remedy).toBe(`Mount a procfs there: mount -t proc proc ${folder}`);
  });
});
