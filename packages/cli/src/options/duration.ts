import { InvalidArgumentError } from "commander";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The longest delay that a timer of Node can wait, about 24 days. */
const LONGEST_MS = 2_147_483_647;

/** The shortest interval between two looks. */
const SHORTEST_INTERVAL_MS = 100;

/** Reads `500ms`, `5s`, `1.5m` or `2h` as milliseconds; a bare number is seconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)?$/.exec(text);
  const ms = match === null ? 0 : Number(match[1]) * (UNITS[match[2] ?? "s"] as number);
  if (ms <= 0) throw new InvalidArgumentError("A duration is a number with its unit: 500ms, 5s, 1m or 2h.");
  if (ms > LONGEST_MS) throw new InvalidArgumentError("A duration is at most 596h.");
  return ms;
}

/** As {@link parseDuration}, for looking again and again. @throws InvalidArgumentError */
export function parseInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms < SHORTEST_INTERVAL_MS) throw new InvalidArgumentError("An interval is at least 100ms.");
  return ms;
}
