import { isUtf8 } from "node:buffer";
import { decodeBytes } from "@procmon/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyText } from "../procmon-v1/arbitraries.test-kit.ts";
import { decodeText, encodeText } from "./utf8-text.ts";

describe("encodeText and decodeText", () => {
  it("leaves UTF-8 as it is", () => {
    for (const text of ["", "curl", "größe 漢字 😀", "\u{10fe7f}\u{10ff00}\u{10ffff}"]) {
      expect(encodeText(text).toString("utf8")).toBe(text);
      expect(decodeText(Buffer.from(text))).toBe(text);
    }
  });

  it("writes every other byte as one character", () => {
    expect(encodeText("a\udcffb").toString("utf8")).toBe("a\u{10feff}b");
    expect(decodeText(Buffer.from("a\u{10fe80}\u{10febf}\u{10fec0}\u{10feff}b"))).toBe("a\udc80\udcbf\udcc0\udcffb");
    // A name that really holds such a character does not look like one that holds the byte.
    expect(encodeText("\u{10feff}").toString("utf8")).toBe("\u{10fef4}\u{10fe8f}\u{10febb}\u{10febf}");
  });

  it("gives valid UTF-8, and comes back as it was: so no two texts look alike", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = encodeText(text);
        expect(isUtf8(bytes)).toBe(true);
        expect(decodeText(bytes)).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  it("makes U+FFFD of lone surrogates that core never makes", () => {
    expect(encodeText("a\ud800\udc00b").toString("utf8")).toBe("a\u{10000}b");
    expect(encodeText("a\ud800b\udc00").toString("utf8")).toBe("a\ufffdb\ufffd");
  });

  it("decodes any bytes, as core does where they are no UTF-8", () => {
    expect(decodeText(Buffer.of(0x61, 0xff))).toBe("a\udcff");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        fc.pre(!bytes.includes(0xf4));
        expect(decodeText(Buffer.from(bytes))).toBe(decodeBytes(bytes));
      }),
    );
    const nearly = fc.array(fc.constantFrom(0xf4, 0x8f, 0xba, 0xbb, 0x80, 0xbf, 0x61, 0xc3), { maxLength: 12 });
    fc.assert(
      fc.property(nearly, (bytes) => {
        const text = decodeText(Buffer.from(bytes));
        expect(decodeText(encodeText(text))).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  it("takes linear time", () => {
    const began = performance.now();
    for (const text of ["\udcff".repeat(1 << 20), "\u{10feff}".repeat(1 << 18), "a\udc80".repeat(1 << 19)]) {
      expect(decodeText(encodeText(text)) === text).toBe(true);
    }
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
