import { createAuditAssembler } from "../../src/assemble/audit-assembler.ts";
import type { AuditEvent } from "../../src/assemble/audit-event.ts";
import { normalizeAuditEvent } from "../../src/normalize/normalize-audit-event.ts";
import { auditField, auditMessage } from "../../src/parse/audit-field.ts";
import type { AuditRecord } from "../../src/parse/audit-record.ts";
import { decodeAuditString } from "../../src/parse/decode-audit-string.ts";
import { createFrameSplitter } from "../../src/parse/frame-splitter.ts";
import { createLineSplitter } from "../../src/parse/line-splitter.ts";
import { parseAuditPayload } from "../../src/parse/parse-audit-payload.ts";
import type { BrokenInput } from "./broken-input.ts";
import type { SeededRandom } from "./seeded-random.ts";

const MAX_PENDING = 64;
const FIELDS = ["pid", "comm", "exe", "key", "saddr", "SADDR", "a0", "msg", "name", "res"];

/** Takes inputs by all ways, and each that is a record to its event and its meaning. */
export interface WholePath {
  take(input: BrokenInput): void;
  /** Gives what waits. @throws Error where a record went missing, or came twice */
  end(): WholePathCounts;
}

export interface WholePathCounts {
  readonly records: number;
  readonly events: number;
  readonly meanings: number;
  readonly garbage: number;
}

/** @throws Error where more waits than may */
export function createWholePath(random: SeededRandom): WholePath {
  const counts = { records: 0, events: 0, meanings: 0, garbage: 0 };
  const given = new Set<AuditRecord>();
  let ends = 0;
  let lost = 0;
  const assembler = createAuditAssembler({
    maxPending: MAX_PENDING,
    onEvent(event) {
      counts.events++;
      remember(event);
      if (normalizeAuditEvent(event) !== undefined) counts.meanings++;
    },
    onLost: (count) => {
      if (!Number.isSafeInteger(count) || count < 1) throw new Error(`${count} events were told to be lost.`);
      lost += count;
    },
  });
  const lines = createLineSplitter(push, () => counts.garbage++);
  const frames = createFrameSplitter(push, () => counts.garbage++);

  function remember({ records }: AuditEvent): void {
    for (const record of records) {
      if (given.has(record)) throw new Error("A record was given twice.");
      given.add(record);
    }
  }

  function push(record: AuditRecord): void {
    counts.records++;
    if (record.type === 1320) ends++;
    const field = auditField(record, random.pick(FIELDS));
    decodeAuditString(field);
    auditField(auditMessage(record) ?? "", "acct");
    assembler.push(record);
  }

  function inPieces(bytes: Buffer, take: (piece: Buffer) => void): void {
    const cut = random.below(bytes.length + 1);
    take(bytes.subarray(0, cut));
    take(bytes.subarray(cut));
  }

  function check(): void {
    const { records, late, pending } = assembler.stats();
    if (pending > MAX_PENDING) throw new Error(`${pending} events wait.`);
    if (pending > 0) return;
    // An end is given with no event; it may be late, too.
    const told = given.size + late;
    if (told > records || told + ends < records)
      throw new Error(`Of ${records} records, ${told} and ${ends} ends came out.`);
  }

  return {
    take({ type, payload, line, frame }) {
      const record = parseAuditPayload(type, payload.toString("latin1"));
      if (record !== undefined) push(record);
      else counts.garbage++;
      inPieces(Buffer.concat([line, Buffer.from("\n")]), (piece) => lines.push(piece));
      inPieces(frame, (piece) => frames.push(piece));
      if (random.below(100) === 0)
        assembler.expire(1_795_577_966_000_000_000n + BigInt(random.below(60)) * 1_000_000_000n);
      if (assembler.stats().pending > MAX_PENDING) check();
    },
    end() {
      lines.end();
      frames.end();
      assembler.flush();
      check();
      if (assembler.stats().lost !== lost)
        throw new Error(`${lost} of ${assembler.stats().lost} lost events were told.`);
      given.clear();
      return { ...counts };
    },
  };
}
