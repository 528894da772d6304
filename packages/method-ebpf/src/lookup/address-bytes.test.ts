import { canonicalIp } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { addressBytes } from "../records/record-bytes.test-kit.ts";
import { isIpv4At, writeAddress } from "./address-bytes.ts";

const GUARD = 0xa5;

function written(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(24).fill(GUARD);
  const isAddress = writeAddress(bytes, 4, text);
  expect([...bytes.subarray(0, 4), ...bytes.subarray(20)]).toEqual(new Array(8).fill(GUARD));
  return isAddress ? bytes.subarray(4, 20) : undefined;
}

describe("writeAddress", () => {
  it.each([
    "0.0.0.0",
    "255.255.255.255",
    "127.0.0.1",
    "::",
    "::1",
    "1::",
    "1::8",
    "::ffff:10.0.0.1",
    "1:2:3:4:5:6:7:8",
  ])("writes %s", (text) => expect(written(text)).toEqual(addressBytes(text)));

  it("writes any canonical address as core reads it", () => {
    for (let round = 0; round < 20_000; round++) {
      const words = Array.from({ length: 8 }, () => (Math.random() < 0.5 ? 0 : Math.floor(Math.random() * 0x10000)));
      const text = canonicalIp(words.map((word) => word.toString(16)).join(":")) ?? "";
      expect(written(text)).toEqual(addressBytes(text));
    }
  });

  it.each([
    "",
    ":",
    ":::",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1..2.3",
    "1.2.3.4 ",
    "a.b.c.d",
    "::1::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "::g",
    "1:",
    ":1",
    "::1.2.3",
    "1:2:3:4:5:6:7:1.2.3.4",
    "::ffff:1.2.3.4:1",
    "fe80::1%eth0",
  ])("refuses %j", (text) => expect(written(text)).toBeUndefined());

  it("never writes beyond its 16 bytes, whatever the text", () => {
    const alphabet = "0123456789abcdef:.";
    for (let round = 0; round < 50_000; round++) {
      let text = "";
      const length = Math.floor(Math.random() * 44);
      for (let at = 0; at < length; at++) text += alphabet[Math.floor(Math.random() * alphabet.length)];
      written(text);
    }
  });
});

describe("isIpv4At", () => {
  it("tells IPv4 from IPv6", () => {
    expect(isIpv4At(addressBytes("0.0.0.0"), 0)).toBe(true);
    expect(isIpv4At(addressBytes("::"), 0)).toBe(false);
    expect(isIpv4At(addressBytes("1::ffff:1.2.3.4"), 0)).toBe(false);
  });
});
