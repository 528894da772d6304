import { describe, expect, it } from "vitest";
import { normalizeAuditEvent } from "../src/normalize/normalize-audit-event.ts";
import { eventsOf, goldenLines, goldenMeaning, goldenNames, plain } from "./golden-events.ts";

describe("records of real machines", () => {
  it.each(goldenNames())("mean what they are known to mean: %s", (name) => {
    const events = eventsOf(goldenLines(name));
    expect(events.length).toBeGreaterThan(0);
    const known = events.map(normalizeAuditEvent).filter((event) => event !== undefined);
    expect(plain(known)).toEqual(goldenMeaning(name));
  });

  it("never throw, however their bytes are changed", () => {
    const lines = goldenNames().flatMap((name) => goldenLines(name).map((line) => line.slice(0, 2000)));
    const random = seeded(20_260);
    for (let round = 0; round < 20_000; round++) {
      const some = Array.from({ length: 1 + (random() % 4) }, () => broken(lines, random));
      for (const event of eventsOf(some)) expect(() => normalizeAuditEvent(event)).not.toThrow();
    }
  });
});

const STAMP = /audit\([^)]*\)/;
const PIECES = ['"', " ", "=", "a0=", "argc=", "a1[0]=", "a1_len=", "FF", "(null)", "\0", "-1", "4294967296", "\x1d"];

/** A line of the files with a few of its places cut, doubled or written over, of one and the same event. */
function broken(lines: readonly string[], random: () => number): string {
  let line = lines[random() % lines.length] ?? "";
  for (let change = random() % 4; change > 0; change--) {
    const at = random() % (line.length + 1);
    const end = at + (random() % 40);
    const put = [
      PIECES[random() % PIECES.length] ?? "",
      String.fromCharCode(random() % 256),
      line.slice(at, end).repeat(2),
    ];
    line = line.slice(0, at) + (put[random() % 3] ?? "") + line.slice(random() % 2 === 0 ? at : end);
  }
  return line.replace(STAMP, "audit(1700000000.123:7)");
}

/** The same numbers in each run (mulberry32 has 32 bits of state). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    return (mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ (mixed >>> 14)) >>> 0;
  };
}
