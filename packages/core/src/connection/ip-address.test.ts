import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalIp, formatIpv6, ipv4OfMapped, isWildcardIp, parseIp } from "./ip-address.ts";

describe("canonicalIp", () => {
  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1::", "1::"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["::FFFF:102:304", "::ffff:1.2.3.4"],
    ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
  ])("writes %s as %s", (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical);
  });

  it.each([
    "",
    " 127.0.0.1",
    "127.0.0.1 ",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "1.2.3.256",
    "1.2.3.-4",
    "0x7f.0.0.1",
    "1..2.3",
    "::1%lo",
    "fe80::1%eth0",
    ":",
    ":::",
    "1:::2",
    "1::2::3",
    ":1",
    "1:",
    "12345::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "1:2:3:4:5:6:7:1.2.3.4",
    "::1.2.3",
    "::1.2.3.4:5",
    "[::1]",
    "localhost",
    "::g",
    "1".repeat(1_000_000),
  ])("refuses %s", (text) => {
    expect(canonicalIp(text)).toBeUndefined();
  });

  it("takes what node:net takes, but for zones, and nothing else", () => {
    const part = fc.constantFrom("0", "1", "ffff", "00", "abcd1", ":", "::", ".", "1.2.3.4", "255", "256", "%", "g");
    const text = fc.array(part, { maxLength: 16 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(text, fc.ipV4(), fc.ipV6()), (ip) => {
        fc.pre(!ip.includes("%"));
        expect(parseIp(ip)?.family).toBe(isIPv4(ip) ? 4 : isIPv6(ip) ? 6 : undefined);
      }),
    );
  });

  it("writes IPv6 as URLs do", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 }),
        (words) => {
          fc.pre(!(words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0)));
          const long = words.map((word) => word.toString(16)).join(":");
          expect(formatIpv6(words)).toBe(new URL(`http://[${long}]`).hostname.slice(1, -1));
          expect(canonicalIp(long)).toBe(formatIpv6(words));
        },
      ),
    );
  });
});

describe("ipv4OfMapped", () => {
  it("gives the IPv4 address of a mapped one only", () => {
    expect(ipv4OfMapped("::ffff:10.0.0.1")).toBe("10.0.0.1");
    expect(ipv4OfMapped("::ffff:1:2:3")).toBeUndefined();
    expect(ipv4OfMapped("10.0.0.1")).toBeUndefined();
  });
});

describe("isWildcardIp", () => {
  it("knows the three texts of no address in particular", () => {
    expect(["0.0.0.0", "::", "::ffff:0.0.0.0"].every(isWildcardIp)).toBe(true);
    expect(["0.0.0.1", "::1", "127.0.0.1"].some(isWildcardIp)).toBe(false);
  });
});
