import { expect, it } from "vitest";
import { settlingTime } from "./settling-time.ts";

const NOW = 1_700_000_000_123;
/** So many milliseconds before now, and a nanosecond, so that it is no whole second. */
const ago = (milliseconds: number): bigint => BigInt(NOW - milliseconds) * 1_000_000n + 1n;

it.each([
  ["old", ago(5000), ago(1000), 0],
  ["written just now", ago(0), ago(0), 20],
  ["renamed just now", ago(5000), ago(5), 15],
  ["with a time that its owner set", ago(-1500), ago(5000), 1520],
  ["from the far future", ago(-3000), ago(5000), 0],
  ["in whole seconds, young", 1_700_000_000_000_000_000n, 1_600_000_000_000_000_000n, 977],
  ["in whole seconds, old", 1_699_999_998_000_000_000n, 1_600_000_000_000_000_000n, 0],
  ["unpacked with whole seconds", 1_700_000_000_000_000_000n, ago(500), 0],
  ["before the epoch", -1n, -1_000_000_000n, 0],
])("a file that is %s", (_, mtime, ctime, milliseconds) => {
  expect(settlingTime({ mtime, ctime }, NOW)).toBe(milliseconds);
});
