import { createAuditAssembler } from "../../../packages/method-audit/src/assemble/audit-assembler.ts";
import type { AuditRecord } from "../../../packages/method-audit/src/parse/audit-record.ts";
import { createLineSplitter } from "../../../packages/method-audit/src/parse/line-splitter.ts";
import { parseAuditPayload } from "../../../packages/method-audit/src/parse/parse-audit-payload.ts";
import { over, playRounds } from "../measure.ts";
import { type Row, report } from "../report.ts";
import { sized } from "../size.ts";
import { makeRecords, type StreamRecord } from "./record-stream.ts";

const EVENTS = sized(100_000);
const ROUNDS = sized(7);
const PROCESSES = [1, 100, 2000];
/** A read of a stream has that many bytes at most. */
const PIECE = 65_536;

/** A stream of one number of processes, in both forms. */
interface Stream {
  readonly processes: number;
  readonly records: readonly StreamRecord[];
  readonly lines: Buffer;
}

/** Thousand records in a second. */
interface Rate {
  readonly payloads: number;
  readonly lines: number;
}

/** Records parsed and put together to events in one thread, from the bytes: of the kernel's messages, and of auditd's lines. */
export async function auditParse(): Promise<void> {
  const streams = PROCESSES.map(makeStream);
  const rounds = await playRounds(ROUNDS, async () => streams.map(playStream));
  const rows = streams.flatMap((stream, index) =>
    rowsOf(stream, (of) => over(rounds).middle((round) => of(round, index))),
  );
  report(`audit: ${streams[0]?.records.length} records parsed and assembled, thousands in a second`, rows);
}

type Middle = (of: (round: readonly Rate[], index: number) => number) => number;

function rowsOf({ processes }: Stream, middle: Middle): Row[] {
  const row = (form: keyof Rate, name: string): Row => ({
    name: `${name} of ${processes} ${processes === 1 ? "process" : "processes"}`,
    value: middle((round, index) => round[index]?.[form] ?? Number.NaN),
    unit: "",
    limit: { least: 300 },
    against: { name: "one process", value: middle((round) => round[0]?.[form] ?? Number.NaN) },
  });
  return [row("payloads", "the kernel's messages"), row("lines", "auditd's lines")];
}

function makeStream(processes: number): Stream {
  const records = makeRecords(EVENTS, processes);
  const lines = records.map(({ name, payload }) => `type=${name} msg=${payload.toString("latin1")}\n`);
  return { processes, records, lines: Buffer.from(lines.join("")) };
}

function playStream({ records, lines }: Stream): Rate {
  return {
    payloads: rateOf(records.length, (push) => {
      for (const { type, payload } of records) {
        const record = parseAuditPayload(type, payload.toString("latin1"));
        if (record !== undefined) push(record);
      }
    }),
    lines: rateOf(records.length, (push) => {
      const splitter = createLineSplitter(push, () => {
        throw new Error("A line was not taken.");
      });
      for (let at = 0; at < lines.length; at += PIECE) splitter.push(lines.subarray(at, at + PIECE));
      splitter.end();
    }),
  };
}

function rateOf(count: number, read: (push: (record: AuditRecord) => void) => void): number {
  let complete = 0;
  const assembler = createAuditAssembler({
    onEvent: (event) => {
      if (event.complete) complete++;
    },
    onLost: () => undefined,
  });
  const began = performance.now();
  read((record) => assembler.push(record));
  const ms = performance.now() - began;
  if (complete !== EVENTS) throw new Error(`${complete} of ${EVENTS} events came out.`);
  return count / ms;
}
