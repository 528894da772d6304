import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { formatDevice } from "./device.ts";

it("splits the number as the kernel does", () => {
  expect(formatDevice(statSync("/dev/null").rdev)).toBe("1:3");
  expect(formatDevice(0x801)).toBe("8:1");
  // As makedev(3) puts them together.
  expect(formatDevice(286_327_664)).toBe("259:70000");
  expect(formatDevice(4_294_967_295)).toBe("4095:1048575");
  expect(formatDevice(Number.NaN)).toBe("0:0");
});
