import { expect, it } from "vitest";
import { deviceNumber } from "./device-number.ts";

it("numbers of devices are put together as glibc does", () => {
  expect(deviceNumber(8, 1)).toBe(0x801);
  expect(deviceNumber(0, 0x12345)).toBe(0x12300045);
  expect(deviceNumber(0xfff, 0xfffff)).toBe(0xffffffff);
  expect(deviceNumber(0x1001, 1)).toBe(0x1000_00000101);
});
