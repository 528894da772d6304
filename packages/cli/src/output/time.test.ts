import { expect, it } from "vitest";
import { formatBytes, formatDuration } from "./quantity.ts";
import { formatIsoTime } from "./time.ts";

it("keeps all nine digits", () => {
  expect(formatIsoTime(1_767_323_045_123_456_789n)).toBe("2026-01-02T03:04:05.123456789Z");
  expect(formatIsoTime(1_767_323_045_000_000_001n)).toBe("2026-01-02T03:04:05.000000001Z");
});

it("takes any time that a file may have", () => {
  expect(formatIsoTime(1_767_323_045_123_456_789n)).toBe("2026-01-02T03:04:05.123456789Z");
  expect(formatIsoTime(-1_500_000_000n)).toBe("1969-12-31T23:59:58.500000000Z");
  expect(formatIsoTime(-1_000_000_000n)).toBe("1969-12-31T23:59:59.000000000Z");
  expect(formatIsoTime(10n ** 30n)).toBe("1000000000000000000000 s after 1970");
  expect(formatIsoTime(-(10n ** 30n))).toBe("-1000000000000000000000 s after 1970");
});

it("writes durations for reading", () => {
  expect(formatDuration(400_000n)).toBe("0.4 ms");
  expect(formatDuration(412_000_000n)).toBe("412 ms");
  expect(formatDuration(3_210_000_000n)).toBe("3.2 s");
  expect(formatDuration(303_000_000_000n)).toBe("5 min 3 s");
  expect(formatDuration(7_800_000_000_000n)).toBe("2 h 10 min");
});

it("writes bytes for reading", () => {
  expect(formatBytes(0n)).toBe("0 B");
  expect(formatBytes(999)).toBe("999 B");
  expect(formatBytes(3_400n)).toBe("3.4 kB");
  expect(formatBytes(123_456_789n)).toBe("123 MB");
});
