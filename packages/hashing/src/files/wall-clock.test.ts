import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_PROCFS, readStartTime } from "@procmon/core";
import { expect, onTestFinished, test } from "vitest";
import { startProgram } from "./programs.test-kit.ts";
import { wallClockOf } from "./wall-clock.ts";

test("is a little before the process was started, and never after", async () => {
  const early: number[] = [];
  for (let round = 0; round < 10; round++) {
    const before = Date.now();
    const { pid } = await startProgram("/bin/sleep", ["100"]);
    const after = BigInt(Date.now() + 1) * 1_000_000n;
    const time = wallClockOf(DEFAULT_PROCFS, readStartTime(DEFAULT_PROCFS, pid) as bigint) as bigint;
    expect(time).toBeLessThan(after);
    early.push(before - Number(time / 1_000_000n));
  }
  // The best of them: a busy machine may come in between.
  expect(Math.min(...early)).toBeLessThan(30);
});

test("what cannot be read tells no time", () => {
  const root = mkdtempSync(join(tmpdir(), "procmon-test-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  expect(wallClockOf({ root }, 5n)).toBeUndefined();
  for (const text of ["", "x", "12", "-1.00 2.00", "1.5 2", `${"9".repeat(40)}.00 1.00`]) {
    writeFileSync(join(root, "uptime"), text);
    expect(wallClockOf({ root }, 5n)).toBeUndefined();
  }
});
