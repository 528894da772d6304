import { describe, expect, it } from "vitest";
import { createAuditAssembler } from "../src/assemble/audit-assembler.ts";
import type { AuditRecord } from "../src/parse/audit-record.ts";
import { brokenInput } from "./support/broken-input.ts";
import { type SeededRandom, seededRandom } from "./support/seeded-random.ts";
import { createWholePath } from "./support/whole-path.ts";

describe("damaged records", () => {
  it.each([1, 2, 3, 4])("neither throw, nor come twice, nor get lost (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const path = createWholePath(random);
    for (let count = 0; count < 1000; count++) path.take(brokenInput(random));
    const counts = path.end();
    // That it went through all stages.
    expect(counts.records).toBeGreaterThan(1000);
    expect(counts.events).toBeGreaterThan(300);
    expect(counts.meanings).toBeGreaterThan(20);
    expect(counts.garbage).toBeGreaterThan(500);
  });
});

describe("records that are mixed", () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    "become each event once, and what is missing is told (seed %i)",
    (seed) => {
      const random = seededRandom(seed);
      const first = random.pick([1, 5000, 2 ** 32 - 200]);
      const events = Array.from({ length: 400 }, (_, index) => makeEvent((first + index) >>> 0, 1 + random.below(5)));
      // The first and the last are there: only between two can be seen that one is missing.
      const kept = events.filter((_, index) => index === 0 || index === events.length - 1 || random.below(10) > 0);

      const given: (readonly [serial: number, parts: number])[] = [];
      let lost = 0;
      const assembler = createAuditAssembler({
        onEvent: ({ serial, records, complete }) => {
          expect(complete).toBe(true);
          expect(records.map(({ body }) => body)).toEqual(records.map((_, index) => `part=${index}`));
          given.push([serial, records.length]);
        },
        onLost: (count) => {
          lost += count;
        },
      });
      for (const record of mixed(kept, random)) assembler.push(record);
      assembler.flush();
      const bySerial = (a: readonly [number, number], b: readonly [number, number]) => a[0] - b[0];
      expect(given.sort(bySerial)).toEqual(
        kept.map((records) => [records[0]?.serial ?? -1, records.length - 1] as const).sort(bySerial),
      );
      expect(lost).toBe(events.length - kept.length);
    },
  );
});

function makeEvent(serial: number, parts: number): readonly AuditRecord[] {
  const time = 1_000_000_000n;
  const bodies = Array.from({ length: parts }, (_, index) => ({ type: 1302, time, serial, body: `part=${index}` }));
  return [...bodies, { type: 1320, time, serial, body: "" }];
}

/** Each event's records in their order, and up to a dozen events at a time. */
function* mixed(events: readonly (readonly AuditRecord[])[], random: SeededRandom): Generator<AuditRecord> {
  const waiting = events.map((records) => [...records]);
  while (waiting.length > 0) {
    // The first event comes first: nobody can know that one before it is missing.
    const at = waiting.length === events.length ? 0 : random.below(Math.min(12, waiting.length));
    const record = waiting[at]?.shift();
    if (record === undefined) waiting.splice(at, 1);
    else yield record;
  }
}
