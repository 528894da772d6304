import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ELF_HEADER_BYTES, isCutOff } from "./elf-header.ts";

const program = readFileSync("/proc/self/exe").subarray(0, ELF_HEADER_BYTES);
const size = readFileSync("/proc/self/exe").length;

it("knows a whole file from one that is cut off", () => {
  expect(isCutOff(program, size)).toBe(false);
  expect(isCutOff(program, size / 2)).toBe(true);
  expect(isCutOff(program.subarray(0, 10), 10)).toBe(true);
});

it("leaves what is no ELF file to others", () => {
  expect(isCutOff(Buffer.alloc(ELF_HEADER_BYTES, "#"), ELF_HEADER_BYTES)).toBe(false);
});

it("never throws", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), (bytes, length) => void isCutOff(bytes, length)));
});
