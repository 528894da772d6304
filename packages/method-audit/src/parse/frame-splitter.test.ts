import { endianness } from "node:os";
import { describe, expect, it } from "vitest";
import type { AuditRecord } from "./audit-record.ts";
import { createFrameSplitter } from "./frame-splitter.ts";

const PADDED = 8970;

/** A frame as auditd makes it: version 0 of the kernel's own text, version 1 of a whole line. */
function frame(
  text: string,
  options: { version?: number; padded?: number; filling?: number; size?: number } = {},
): Buffer {
  const { version = 0, padded = 0, filling = 0, size = text.length } = options;
  const header = Buffer.alloc(16);
  const write = (value: number, at: number) =>
    endianness() === "LE" ? header.writeUInt32LE(value, at) : header.writeUInt32BE(value, at);
  write(version, 0);
  write(16, 4);
  write(1307, 8);
  write(size, 12);
  const body = Buffer.from(text, "latin1");
  return Buffer.concat([header, body, Buffer.alloc(Math.max(0, padded - body.length), filling)]);
}

function raw(serial: number, more = ""): string {
  return `audit(1.000:${serial}): cwd="/tmp"${more}`;
}

function line(serial: number, more = ""): string {
  return `node=web type=SYSCALL msg=${raw(serial, more)}\x1dX=y`;
}

function read(stream: Buffer, size = 65_536): { serials: number[]; records: AuditRecord[]; garbage: number } {
  const records: AuditRecord[] = [];
  let garbage = 0;
  const splitter = createFrameSplitter(
    (record) => records.push(record),
    () => garbage++,
  );
  for (let at = 0; at < stream.length; at += size) splitter.push(stream.subarray(at, at + size));
  splitter.end();
  return { serials: records.map(({ serial }) => serial), records, garbage };
}

const SERIALS = Array.from({ length: 40 }, (_, index) => index + 1);

describe("createFrameSplitter", () => {
  it.each([0, PADDED])("reads both versions, padded to %i bytes", (padded) => {
    const stream = Buffer.concat([frame(raw(1), { padded }), frame(line(2), { version: 1, padded })]);
    const { records, garbage } = read(stream);
    expect(records).toEqual([
      { type: 1307, time: 1_000_000_000n, serial: 1, body: 'cwd="/tmp"' },
      { type: 1300, time: 1_000_000_000n, serial: 2, node: "web", body: 'cwd="/tmp"', enrichment: "X=y" },
    ]);
    expect(garbage).toBe(0);
  });

  it.each([
    [0, 0, 1],
    [0, 0, 37],
    [0, 0, 65_536],
    [PADDED, 0, 11],
    [PADDED, 0, 4096],
    [PADDED, 0x41, 65_536],
    [PADDED, 0x10, 1000],
  ])("puts frames of %i bytes, filled with %i, together of pieces of %i bytes", (padded, filling, size) => {
    const stream = Buffer.concat(SERIALS.map((serial) => frame(`${raw(serial)}\0`, { padded, filling })));
    const { serials, garbage } = read(stream, size);
    expect(serials).toEqual(SERIALS);
    expect(garbage).toBe(0);
  });

  it("tells a record before the next has come", () => {
    for (const padded of [0, PADDED]) {
      const records: AuditRecord[] = [];
      const splitter = createFrameSplitter((record) => records.push(record), expect.unreachable);
      for (const serial of [1, 2, 3]) {
        splitter.push(frame(raw(serial), { padded }));
        expect(records).toHaveLength(serial);
      }
    }
  });

  it("does not take a size at its word", () => {
    const longer = raw(1).length + 16;
    const stream = Buffer.concat([1, 2, 3].map((serial) => frame(raw(serial), { padded: PADDED, size: longer })));
    expect(read(stream)).toMatchObject({ serials: [1, 2, 3], garbage: 0, records: [{ body: 'cwd="/tmp"' }, {}, {}] });
    for (const size of [0, 5, 40_000, 0xffff_ffff]) {
      expect(read(Buffer.concat([frame(raw(1), { size }), frame(raw(2))]))).toMatchObject({ serials: [2], garbage: 1 });
    }
  });

  it("reads texts that are longer than the padding", () => {
    const more = ` x="${"y".repeat(12_000)}"`;
    const whole = read(Buffer.concat([1, 2, 3].map((serial) => frame(line(serial, more), { version: 1 }))));
    expect(whole.serials).toEqual([1, 2, 3]);
    expect(whole.records[0]?.body).toContain(more);
    const cut = [1, 2, 3].map((serial) =>
      frame(line(serial, serial === 1 ? "" : more), { version: 1, padded: PADDED }),
    );
    const stream = Buffer.concat(cut.map((bytes) => bytes.subarray(0, 16 + PADDED)));
    expect(read(stream)).toMatchObject({ serials: [1, 2, 3], garbage: 0 });
  });

  it.each([0, PADDED])("goes on after a frame that was cut, of frames of %i bytes", (padded) => {
    const frames = SERIALS.map((serial) => frame(raw(serial), { padded }));
    const broken = frames.map((bytes, index) => (index === 10 ? bytes.subarray(0, 30) : bytes));
    const { serials, garbage } = read(Buffer.concat(broken));
    expect(serials.filter((serial) => serial !== 11)).toEqual(SERIALS.filter((serial) => serial !== 11));
    expect(garbage).toBeGreaterThan(0);
  });

  it("loses only what was cut of a padded frame whose text is whole", () => {
    const frames = SERIALS.map((serial) => frame(raw(serial), { padded: PADDED }));
    const broken = frames.map((bytes, index) => (index === 10 ? bytes.subarray(0, 5000) : bytes));
    expect(read(Buffer.concat(broken)).serials).toEqual(SERIALS);
  });

  it("finds the first frame in garbage, once", () => {
    const garbage = Buffer.alloc(100_000, 0);
    for (let at = 0; at < garbage.length; at++) garbage[at] = at % 7 === 0 ? 0x10 : 0;
    expect(read(Buffer.concat([garbage, frame(raw(1)), frame(raw(2))]), 5000)).toMatchObject({
      serials: [1, 2],
      garbage: 1,
    });
  });

  it("tells a frame whose text is no record, and one that never became whole", () => {
    const stream = Buffer.concat([frame("audit(nonsense)"), frame(raw(2)), frame(raw(3)).subarray(0, 25)]);
    expect(read(stream)).toMatchObject({ serials: [2], garbage: 2 });
  });
});
