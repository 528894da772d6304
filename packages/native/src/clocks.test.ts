import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readClocks } from "./clocks.ts";

it("are the kernel's clocks, read in between two readings of Node's", () => {
  const before = { monotonic: process.hrtime.bigint(), realtime: BigInt(Date.now()) * 1_000_000n };
  const clocks = readClocks();
  expect(clocks.monotonic).toBeGreaterThanOrEqual(before.monotonic);
  expect(clocks.monotonic).toBeLessThanOrEqual(process.hrtime.bigint());
  expect(clocks.realtime).toBeGreaterThanOrEqual(before.realtime);
  expect(clocks.realtime).toBeLessThanOrEqual(BigInt(Date.now() + 1) * 1_000_000n);
  const uptime = Number.parseFloat(readFileSync("/proc/uptime", "latin1"));
  expect(Math.abs(Number(clocks.boottime) / 1e9 - uptime)).toBeLessThan(5);
});
