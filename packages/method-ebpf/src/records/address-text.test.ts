import { canonicalIp } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { createAddressTexts } from "./address-text.ts";
import { addressBytes } from "./record-bytes.test-kit.ts";

describe("the text of an address", () => {
  it.each([
    "::",
    "::1",
    "1::",
    "1:2:3:4:5:6:7:8",
    "2001:db8::1:0:0:1",
    "2001:0:0:1::1",
    "1:0:2:0:3:0:4:0",
    "::ffff:1.2.3.4",
    "::ffff:0.0.0.0",
    "::fffe:1.2.3.4",
    "fe80::ffff:0:0",
    "0:1::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  ])("is canonical: %s", (text) => {
    const view = new DataView(addressBytes(text).buffer);
    expect(createAddressTexts().ipv6(view, 0)).toBe(canonicalIp(text));
  });

  it("is that address's, though many share one place in the memory", () => {
    const texts = createAddressTexts();
    const view = new DataView(new ArrayBuffer(16));
    for (let round = 0; round < 2; round++) {
      for (let low = 0; low < 20_000; low++) {
        view.setUint32(12, low);
        expect(texts.ipv4(view, 0)).toBe(`0.0.${low >> 8}.${low & 255}`);
        expect(texts.ipv6(view, 0)).toBe(low === 0 ? "::" : `::${low.toString(16)}`);
      }
    }
  });

  it("agrees with core for any address, and whatever it remembers", () => {
    const texts = createAddressTexts();
    const view = new DataView(new ArrayBuffer(24));
    for (let round = 0; round < 20_000; round++) {
      // Few bits, so that there are zeros, and addresses that come again.
      const words: number[] = [];
      for (let index = 0; index < 8; index++) words.push(Math.random() < 0.6 ? 0 : Math.floor(Math.random() * 3));
      for (const [index, word] of words.entries()) view.setUint16(4 + index * 2, word);
      const plain = words.map((word) => word.toString(16)).join(":");
      expect(texts.ipv6(view, 4)).toBe(canonicalIp(plain));
      const bytes = new Uint8Array(view.buffer, 16, 4);
      expect(texts.ipv4(view, 4)).toBe(bytes.join("."));
    }
  });
});
