import { InvalidArgumentError } from "commander";

/** Reads a whole number in decimal digits within a range. @throws InvalidArgumentError with `expected` as its sentence */
export function parseInteger(text: string, min: number, max: number, expected: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new InvalidArgumentError(expected);
  return value;
}

/** A process id. The kernel's largest is 2^22 (pid_max of proc_sys_kernel(5)). */
export function parsePid(text: string): number {
  return parseInteger(text, 1, 4_194_304, "A process id is a whole number from 1 to 4194304.");
}

/** A port of TCP or UDP. */
export function parsePort(text: string): number {
  return parseInteger(text, 0, 65_535, "A port is a whole number from 0 to 65535.");
}

/** How many records to print. */
export function parseCount(text: string): number {
  return parseInteger(text, 1, Number.MAX_SAFE_INTEGER, "A count is a whole number from 1.");
}
