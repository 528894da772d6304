import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressBytes } from "./address-bytes.ts";
import { createAddressTexts } from "./address-text.ts";

/** Written and read again. */
function again(text: string): string {
  const bytes = Buffer.from(addressBytes(text));
  const texts = createAddressTexts();
  return bytes.length === 4 ? texts.ipv4(bytes, 0) : texts.ipv6(bytes, 0);
}

describe("the text of an address", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["255.0.10.200", "255.0.10.200"],
    ["::", "::"],
    ["::1", "::1"],
    ["0:0:1:0:0:0:0:0", "0:0:1::"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["fe80::a", "fe80::a"],
    ["1::", "1::"],
    ["::ffff:7f00:1", "::ffff:127.0.0.1"],
    ["::ffff:0.0.0.0", "::ffff:0.0.0.0"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
  ])("%s is %s", (text, canonical) => {
    expect(again(text)).toBe(canonical);
  });

  it("is the same when it is read and written again, whatever the address", () => {
    const texts = createAddressTexts();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = texts.ipv6(Buffer.from(bytes), 0);
        expect([...addressBytes(text)]).toEqual([...bytes]);
        expect(texts.ipv6(Buffer.from(bytes), 0)).toBe(text);
      }),
    );
  });
});

describe("addressBytes", () => {
  it.each(["", "localhost", "1.2.3", "fe80::1%lo", "1.2.3.4:80"])("refuses %j", (text) => {
    expect(() => addressBytes(text)).toThrow(expect.objectContaining({ code: "EINVAL" }));
  });
});
