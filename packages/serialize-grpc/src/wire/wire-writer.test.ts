import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWireWriter } from "./wire-writer.ts";

const writer = createWireWriter((text) => Buffer.from(text, "utf8"));

/** The tag of a field of a type, as protobuf-es writes it. */
const theirs = (write: (writer: BinaryWriter) => unknown): Buffer => {
  const other = new BinaryWriter();
  write(other);
  return Buffer.from(other.finish());
};

const anyField = fc.integer({ min: 1, max: 2 ** 20 });
const anyLength = fc.oneof(
  fc.nat(300),
  fc.constantFrom(0, 23, 24, 25, 126, 127, 128, 129, 16_382, 16_383, 16_384, 70_000),
);

describe("the writer", () => {
  it("writes numbers as protobuf-es does", () => {
    const number = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 127, 128, 2 ** 28, 2 ** 32 - 1, 2 ** 32, 2 ** 63));
    fc.assert(
      fc.property(anyField, number, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (field, value, big) => {
        writer.uint(field, value);
        writer.bigint(field, big);
        writer.bigint(field, BigInt.asUintN(64, big));
        writer.fixed64(field, BigInt.asUintN(64, big));
        const expected = theirs((other) =>
          other
            .tag(field, 0)
            .uint64(BigInt(value))
            .tag(field, 0)
            .int64(big)
            .tag(field, 0)
            .uint64(BigInt.asUintN(64, big))
            .tag(field, 1)
            .fixed64(BigInt.asUintN(64, big)),
        );
        expect(writer.finish()).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 64, 1e300])(
    "writes %s as 0, and ends",
    (value) => {
      writer.uint(1, value);
      expect(writer.finish()).toEqual(Buffer.of(8, 0));
    },
  );

  it("writes texts and bytes of every length as protobuf-es does", () => {
    const unit = fc.constantFrom("a", "a", "a", "ä", "漢", "😀", "\ud800");
    fc.assert(
      fc.property(anyField, anyLength, unit, fc.nat(), (field, length, odd, place) => {
        const at = length === 0 ? 0 : place % length;
        const text = "x".repeat(at) + odd + "y".repeat(Math.max(length - at - 1, 0));
        const bytes = Buffer.from(text, "utf8");
        writer.text(field, text);
        writer.bytes(field, bytes);
        expect(writer.finish()).toEqual(theirs((other) => other.tag(field, 2).bytes(bytes).tag(field, 2).bytes(bytes)));
      }),
      { numRuns: 500 },
    );
  });

  it("writes messages in each other, short and long", () => {
    fc.assert(
      fc.property(anyLength, anyLength, fc.nat(20), (first, second, depth) => {
        const marks = Array.from({ length: depth }, (_, i) => {
          writer.text(1, "b".repeat(i === 0 ? first : 1));
          return writer.begin(2);
        });
        writer.text(3, "c".repeat(second));
        for (const mark of marks.reverse()) writer.end(mark);
        const expected = theirs((other) => {
          for (let i = 0; i < depth; i++) {
            other.tag(1, 2).string("b".repeat(i === 0 ? first : 1));
            other.tag(2, 2).fork();
          }
          other.tag(3, 2).string("c".repeat(second));
          for (let i = 0; i < depth; i++) other.join();
        });
        expect(writer.finish().equals(expected)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("takes texts that are larger than its buffer, and gives the memory back", () => {
    const text = "z".repeat(5_000_000);
    for (let i = 0; i < 3; i++) {
      writer.text(1, text);
      const reader = new BinaryReader(writer.finish());
      expect(reader.tag()).toEqual([1, 2]);
      expect(reader.string() === text).toBe(true);
      writer.uint(1, 1);
      expect(writer.finish()).toEqual(Buffer.of(8, 1));
    }
  });

  it("gives a copy", () => {
    writer.text(1, "first");
    const first = writer.finish();
    writer.text(1, "later");
    writer.finish();
    expect(first.toString("latin1")).toContain("first");
  });
});
