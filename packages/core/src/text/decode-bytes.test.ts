import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBytes } from "./decode-bytes.ts";
import { encodeBytes, fsPath } from "./encode-bytes.ts";

describe("decodeBytes and encodeBytes", () => {
  it("decodes UTF-8 as it is", () => {
    expect(decodeBytes(Buffer.from("größe 漢字 😀"))).toBe("größe 漢字 😀");
  });

  it("keeps every invalid byte as a lone surrogate", () => {
    expect(decodeBytes(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\udcffb");
    // A surrogate in UTF-8, an overlong form and a cut sequence are not UTF-8.
    expect(decodeBytes(Uint8Array.of(0xed, 0xa0, 0x80))).toBe("\udced\udca0\udc80");
    expect(decodeBytes(Uint8Array.of(0xc0, 0xaf))).toBe("\udcc0\udcaf");
    expect(decodeBytes(Uint8Array.of(0xf0, 0x9f, 0x98))).toBe("\udcf0\udc9f\udc98");
    expect(decodeBytes(Uint8Array.of(0xf4, 0x90, 0x80, 0x80))).toBe("\udcf4\udc90\udc80\udc80");
  });

  it("gives back any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(encodeBytes(decodeBytes(bytes))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives back bytes that are nearly UTF-8", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const bytes = Buffer.concat(pieces);
        expect(encodeBytes(decodeBytes(bytes))).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with the platform on valid text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(decodeBytes(Buffer.from(text))).toBe(Buffer.from(text).toString());
      }),
    );
  });

  it("never throws on other lone surrogates", () => {
    expect(encodeBytes("a\ud800b\udc00")).toEqual(Buffer.from("a\ufffdb\ufffd"));
    expect(encodeBytes("\ud83d\udcff\udcff")).toEqual(Buffer.concat([Buffer.from("\ud83d\udcff"), Buffer.of(0xff)]));
  });

  it("decodes a megabyte of garbage in linear time", () => {
    const began = performance.now();
    expect(decodeBytes(Buffer.alloc(1 << 20, 0xe2))).toHaveLength(1 << 20);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it("makes paths that node:fs takes without loss", () => {
    expect(fsPath("/tmp/ä")).toBe("/tmp/ä");
    expect(fsPath("/tmp/\udcff")).toEqual(Buffer.from([0x2f, 0x74, 0x6d, 0x70, 0x2f, 0xff]));
  });
});
