import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWireReader, type WireReader } from "./wire-reader.ts";

const decodeText = (bytes: Buffer) => bytes.toString("utf8");
const read = (bytes: Uint8Array | readonly number[]) => createWireReader(Uint8Array.from(bytes), decodeText);
const bytesOf = (writer: BinaryWriter): Uint8Array => writer.finish();
const INVALID = expect.objectContaining({ code: "INVALID_MESSAGE" });

/** Takes the next field, which must be there, by this method. */
function take<Kind extends "uint" | "uint32" | "bool" | "bigUint" | "bigInt" | "fixed64" | "text" | "bytes" | "skip">(
  bytes: Uint8Array | readonly number[],
  kind: Kind,
): ReturnType<WireReader[Kind]> {
  const reader = read(bytes);
  expect(reader.next()).toBeGreaterThan(0);
  return reader[kind]() as ReturnType<WireReader[Kind]>;
}

const anyBig = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.integer({ min: 0, max: 64 }).map((bits) => (1n << BigInt(bits)) - 1n),
  fc.integer({ min: 0, max: 63 }).map((bits) => 1n << BigInt(bits)),
);

describe("the reader", () => {
  it("reads the numbers that protobuf-es writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 29 - 1 }), anyBig, (field, big) => {
        const value = BigInt.asUintN(64, big);
        const varint = bytesOf(new BinaryWriter().tag(field, 0).uint64(value));
        expect(read(varint).next()).toBe(field);
        expect(take(varint, "bigUint")).toBe(value);
        expect(take(varint, "bigInt")).toBe(BigInt.asIntN(64, value));
        expect(take(varint, "uint32")).toBe(Number(BigInt.asUintN(32, value)));
        expect(take(varint, "uint")).toBe(Number(value));
        expect(take(varint, "bool")).toBe(value !== 0n);
        expect(take(bytesOf(new BinaryWriter().tag(field, 1).fixed64(value)), "fixed64")).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads texts that are short, long, and at the edges of what becomes text at once", () => {
    const length = fc.oneof(fc.nat(40), fc.nat(300), fc.constantFrom(127, 128, 255, 256, 257, 1024, 5000));
    const text = fc
      .tuple(length, fc.constantFrom("", "ä", "😀"))
      .map(([size, odd]) => "abcdefg".repeat(size).slice(0, size) + odd);
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), (texts) => {
        const writer = new BinaryWriter();
        for (const each of texts) writer.tag(1, 2).string(each);
        const reader = read(writer.finish());
        const found: string[] = [];
        while (reader.next() !== 0) found.push(reader.text());
        expect(found).toEqual(texts);
      }),
      { numRuns: 300 },
    );
  });

  it("reads part of a larger memory", () => {
    const memory = Buffer.from([1, 1, 1, 10, 2, 0x68, 0x69, 1, 1]);
    const reader = createWireReader(memory.subarray(3, 7), decodeText);
    expect(reader.next()).toBe(1);
    expect(reader.text()).toBe("hi");
    expect(reader.next()).toBe(0);
  });

  it("goes into messages and out again, wherever it stands in them", () => {
    const inner = new BinaryWriter().tag(1, 0).uint32(5).tag(2, 2).string("inside").finish();
    const reader = read(bytesOf(new BinaryWriter().tag(3, 2).bytes(inner).tag(4, 0).uint32(6)));
    expect(reader.next()).toBe(3);
    const mark = reader.enter();
    expect(reader.next()).toBe(1);
    expect(reader.uint()).toBe(5);
    reader.leave(mark);
    expect(reader.next()).toBe(4);
    expect(reader.uint()).toBe(6);
    expect(reader.next()).toBe(0);
  });

  it("does not read beyond the end of a message inside", () => {
    // A message of 2 bytes, whose text is said to have 4; there are enough bytes behind it.
    const reader = read([10, 2, 18, 4, 97, 97, 97, 97]);
    reader.next();
    reader.enter();
    reader.next();
    expect(() => reader.text()).toThrow(INVALID);
  });

  it("passes over what is not known: numbers, fixed ones, bytes, groups in groups", () => {
    const unknown = new BinaryWriter()
      .tag(100, 0)
      .uint64(2n ** 64n - 1n)
      .tag(101, 1)
      .fixed64(1n)
      .tag(102, 5)
      .fixed32(1);
    unknown.tag(103, 2).string("unknown").tag(104, 3).tag(1, 0).uint32(1).tag(105, 3).tag(105, 4).tag(104, 4);
    const reader = read(bytesOf(unknown.tag(1, 0).uint32(7)));
    for (let field = reader.next(); field !== 1; field = reader.next()) {
      expect(field).toBeGreaterThanOrEqual(100);
      reader.skip();
    }
    expect(reader.uint()).toBe(7);
  });

  it("tells of a cut at every byte", () => {
    const whole = new BinaryWriter()
      .tag(1, 0)
      .uint64(2n ** 60n)
      .tag(2, 1)
      .fixed64(1n)
      .tag(3, 2)
      .string("text")
      .tag(4, 5);
    const bytes = bytesOf(whole.fixed32(1).tag(5, 3).tag(6, 0).uint32(300).tag(5, 4));
    const ends = new Set([0]);
    const all = (part: Uint8Array) => {
      const reader = read(part);
      while (reader.next() !== 0) reader.skip();
    };
    // Between two fields nothing tells that something is missing.
    for (const end of [10, 19, 25, 30, bytes.length]) ends.add(end);
    for (let length = 0; length <= bytes.length; length++) {
      if (ends.has(length)) all(bytes.subarray(0, length));
      else expect(() => all(bytes.subarray(0, length)), `${length} bytes`).toThrow(INVALID);
    }
  });

  const ten = (last: number) => [8, ...new Array<number>(9).fill(0xff), last];

  it("takes varints of ten bytes, overlong ones too, and no longer ones", () => {
    expect(take(ten(1), "bigUint")).toBe(2n ** 64n - 1n);
    // The bits above the 64th are dropped, as protobuf's own readers do.
    expect(take(ten(0x7f), "bigUint")).toBe(2n ** 64n - 1n);
    expect(take(ten(0x7e), "uint")).toBe(2 ** 63);
    expect(take([8, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0], "uint")).toBe(1);
    for (const kind of ["uint", "uint32", "bool", "bigUint", "bigInt", "skip"] as const) {
      expect(() => take([...ten(0xff), 1], kind)).toThrow(INVALID);
    }
    expect(() => read(new Array<number>(11).fill(0x80)).next()).toThrow(INVALID);
  });

  it("refuses tags without a number, and too large ones", () => {
    for (const tag of [[0], [7], [0x80, 0], [0x80, 0x80, 0x80, 0x80, 0x10], ten(1).slice(1)]) {
      expect(() => read(tag).next(), `${tag}`).toThrow(INVALID);
    }
    expect(read([0xf8, 0xff, 0xff, 0xff, 0x0f, 1]).next()).toBe(2 ** 29 - 1);
  });

  it("refuses fields of another type", () => {
    const kinds = {
      uint: 0,
      uint32: 0,
      bool: 0,
      bigUint: 0,
      bigInt: 0,
      fixed64: 1,
      text: 2,
      bytes: 2,
      enter: 2,
    } as const;
    for (const [kind, right] of Object.entries(kinds)) {
      for (let type = 0; type < 8; type++) {
        if (type === right) continue;
        const reader = read([8 | type, 1, 1, 1, 1, 1, 1, 1, 1]);
        reader.next();
        expect(() => reader[kind as keyof typeof kinds](), `${kind} of type ${type}`).toThrow(INVALID);
      }
    }
  });

  it("refuses types that are none, groups that do not end, end wrongly, or go too deep", () => {
    for (const bytes of [[14], [15], [12], [11], [11, 20], [11, 8], [11, 14]]) {
      expect(() => take(bytes, "skip"), `${bytes}`).toThrow(INVALID);
    }
    const nested = (depth: number) => [...new Array<number>(depth).fill(11), ...new Array<number>(depth).fill(12)];
    take(nested(100), "skip");
    expect(() => take(nested(101), "skip")).toThrow(INVALID);
    expect(() => take(nested(100_000), "skip")).toThrow(INVALID);
  });

  it("allocates nothing for a length that is not there", () => {
    for (const length of [[3], [0xff, 0xff, 0xff, 0xff, 7], ten(1).slice(1)]) {
      for (const kind of ["text", "bytes", "skip"] as const) {
        expect(() => take([10, ...length, 97, 97], kind)).toThrow(INVALID);
      }
      const reader = read([10, ...length, 97, 97]);
      reader.next();
      expect(() => reader.enter()).toThrow(INVALID);
    }
  });

  it("keeps little of a message alive with one of its texts", () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const message = new BinaryWriter();
    for (let i = 0; i < 1000; i++) message.tag(1, 2).string(`a text of a process, number ${i.toString().padStart(30)}`);
    const bytes = message.finish();
    expect(bytes.length).toBeGreaterThan(50_000);
    const kept: string[] = [];
    collect();
    const before = process.memoryUsage();
    for (let i = 0; i < 1000; i++) {
      const reader = createWireReader(Uint8Array.from(bytes), decodeText);
      reader.next();
      kept.push(reader.text());
      while (reader.next() !== 0) reader.text();
    }
    collect();
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.external - before.heapUsed - before.external;
    expect(kept).toHaveLength(1000);
    // All messages are 60 MB.
    expect(grown).toBeLessThan(10_000_000);
  });
});
