import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_PROCFS } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { probe } from "./probe.ts";

describe("probe", () => {
  it("runs wherever there is a procfs", () => {
    const { result, checks } = probe(DEFAULT_PROCFS);
    expect(result).toBe("available");
    expect(checks.map(({ name }) => name)).toEqual(["procfs", "hidepid", "descriptors", "network-namespaces"]);
    expect(checks[2]?.detail).toMatch(/^The descriptors of \d+ of \d+ processes may be read\./);
  });

  it("says what to do where there is none", () => {
    const folder = mkdtempSync(join(tmpdir(), "procmon-probe-"));
    const empty = probe({ root: folder });
    rmdirSync(folder);
    expect(empty).toMatchObject({
      result: "unavailable",
      checks: [{ name: "procfs", detail: `${folder} is no procfs.` }],
    });
    const missing = probe({ root: folder });
    expect(missing.result).toBe("unavailable");
    expect(missing.checks[0]?.remedy).toBe(`Mount a procfs there: mount -t proc proc ${folder}`);
  });
});
