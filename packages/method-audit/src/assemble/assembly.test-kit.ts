import type { AuditRecord } from "../parse/audit-record.ts";
import { recordTypeNumber } from "../parse/record-types.ts";
import { type AuditAssembler, createAuditAssembler } from "./audit-assembler.ts";
import type { AuditEvent } from "./audit-event.ts";

/** An assembler under test. */
export interface Assembly extends AuditAssembler {
  readonly events: readonly AuditEvent[];
  /** What was given, in words: the serial number, `…` where the end is missing, and the types. */
  given(): string[];
  /** What was told to be lost. */
  readonly losses: readonly number[];
  /** Pushes records, `<serial> <type> <type>…`, at so many milliseconds after the start. */
  say(text: string, ms?: number, node?: string): void;
}

/** When the records of these tests begin. */
export const START = 1_795_577_966_000_000_000n;
/** A millisecond. */
export const MS = 1_000_000n;

/** An assembler, and what it has given. */
export function assemble(limits: { maxPending?: number; timeoutMs?: number } = {}): Assembly {
  const events: AuditEvent[] = [];
  const losses: number[] = [];
  const assembler = createAuditAssembler({
    onEvent: (event) => events.push(event),
    onLost: (count) => losses.push(count),
    ...limits,
  });
  return {
    ...assembler,
    losses,
    given: () =>
      events.map(
        ({ serial, complete, records }) =>
          `${serial}${complete ? "" : "…"} ${records.map(({ body }) => body).join(" ")}`,
      ),
    events,
    say(text: string, ms = 0, node?: string) {
      const [serial, ...types] = text.split(" ");
      for (const type of types) assembler.push(record(Number(serial), type, ms, node));
    },
  };
}

/** A record of a type, whose body is the type's name. */
export function record(serial: number, name: string, ms: number, node?: string): AuditRecord {
  const type = recordTypeNumber(name);
  if (type === undefined) throw new Error(`There is no type ${name}.`);
  return { type, time: START + BigInt(ms) * MS, serial, body: name, ...(node !== undefined && { node }) };
}
