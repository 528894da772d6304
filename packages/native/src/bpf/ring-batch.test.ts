import fc from "fast-check";
import { expect, it } from "vitest";
import { forEachRecord } from "./ring-batch.ts";

function visit(batch: Uint8Array): Buffer[] {
  const records: Buffer[] = [];
  forEachRecord(batch, (view, offset, length) => {
    records.push(Buffer.from(view.buffer, view.byteOffset + offset, length));
  });
  return records;
}

/** Framed as `addon/bpf/ring_source.cc` does it. */
function framed(record: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(record.length);
  return Buffer.concat([head, record, Buffer.alloc(-record.length & 7)]);
}

it("reads records of any length, wherever the batch lies in its memory", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (records) => {
      const batch = Buffer.concat([Buffer.alloc(3), ...records.map(framed)]).subarray(3);
      expect(visit(batch)).toEqual(records.map((record) => Buffer.from(record)));
    }),
  );
});

it("begins each record at a multiple of 8", () => {
  const offsets: number[] = [];
  const batch = Buffer.concat([1, 8, 9].map((length) => framed(new Uint8Array(length))));
  forEachRecord(batch, (_, offset) => offsets.push(offset));
  expect(offsets).toEqual([8, 24, 40]);
});

it("ends at what cannot be a record, and never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const record of visit(bytes)) expect(record.length).toBeLessThanOrEqual(bytes.length - 8);
    }),
  );
});
