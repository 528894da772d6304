import { describe, expect, it } from "vitest";
import type { AuditRecord } from "./audit-record.ts";
import { createLineSplitter } from "./line-splitter.ts";

const LINES = [1, 2, 3].map((serial) => `type=USER_CMD msg=audit(1.000:${serial}): acct="b\xc3\xb6b"`);

function split(): { push: (text: string) => void; end: () => void; records: AuditRecord[]; garbage: () => number } {
  const records: AuditRecord[] = [];
  let garbage = 0;
  const splitter = createLineSplitter(
    (record) => records.push(record),
    () => garbage++,
  );
  return {
    push: (text) => splitter.push(Buffer.from(text, "latin1")),
    end: () => splitter.end(),
    records,
    garbage: () => garbage,
  };
}

describe("createLineSplitter", () => {
  it.each([1, 2, 7, 40, 1000])("puts lines together of pieces of %i bytes", (size) => {
    const stream = split();
    const text = LINES.join("\n");
    for (let at = 0; at < text.length; at += size) stream.push(text.slice(at, at + size));
    expect(stream.records.map(({ serial }) => serial)).toEqual([1, 2]);
    stream.end();
    expect(stream.records.map(({ serial, body }) => [serial, body])).toEqual(
      [1, 2, 3].map((serial) => [serial, 'acct="b\xc3\xb6b"']),
    );
    expect(stream.garbage()).toBe(0);
  });

  it("tells each line that is none, and goes on", () => {
    const stream = split();
    stream.push(`garbage\n\n\r\n\0\n${LINES[0]}\r\nnode=\n\xff\xfe${LINES[1]}\n${LINES[2]}\nx`);
    expect(stream.records.map(({ serial }) => serial)).toEqual([1, 3]);
    expect(stream.garbage()).toBe(3);
    stream.end();
    expect(stream.garbage()).toBe(4);
  });

  it("skips lines that are too long, in one piece or many", () => {
    const long = "x".repeat(200_000);
    const stream = split();
    stream.push(`${long}\n${LINES[0]}\n`);
    for (let at = 0; at < long.length; at += 30_000) stream.push(long.slice(at, at + 30_000));
    stream.push(`\n${LINES[1]}\n`);
    stream.push(long);
    stream.end();
    stream.push(`${LINES[2]}\n`);
    expect(stream.records.map(({ serial }) => serial)).toEqual([1, 2, 3]);
    expect(stream.garbage()).toBe(3);
  });

  it("takes lines of up to 64 KiB", () => {
    const stream = split();
    const line = `${LINES[0]} ${"y".repeat(65_536)}`.slice(0, 65_536);
    stream.push(`${line}\n`);
    stream.push(line.slice(0, 10));
    stream.push(`${line.slice(10)}\n`);
    stream.push(`${line.slice(0, 10)}`);
    stream.push(`${line.slice(10)}z\n`);
    expect(stream.records).toHaveLength(2);
    expect(stream.garbage()).toBe(1);
  });
});
