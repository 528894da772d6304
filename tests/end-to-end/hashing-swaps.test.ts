import { requirement } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { startHashedMonitor } from "./support/hashed-monitor.ts";
import { needs } from "./support/needs.ts";
import { runSwapped } from "./support/swapped-program.ts";

needs("cc", "root");

describe.each(["ebpf", "proc"])("a path where there is now one program, now another, by the method %s", (method) => {
  test.for(["link", "file"] as const)("by a new %s: never the wrong checksum", async (how, { skip }) => {
    const missing = method === "ebpf" ? requirement("ebpf") : undefined;
    skip(missing !== undefined, missing);
    const LIVES = 1000;
    await using hashed = await startHashedMonitor({}, method);
    const { ok = 0, ...others } = await runSwapped(hashed, LIVES, how);
    // The method proc may be too late to see that a process has executed something.
    const honest = ["gone", "changed", ...(method === "ebpf" ? [] : ["untold"])];
    expect(Object.keys(others).filter((result) => !honest.includes(result))).toEqual([]);
    if (how === "link") expect(ok).toBeGreaterThan(method === "ebpf" ? 0.9 * LIVES : LIVES / 4);
  });
});
