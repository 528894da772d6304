import { canonicalIp } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { decodeSocketAddress } from "./socket-address.ts";

describe("a socket address in hexadecimal", () => {
  it.each([
    ["020001BB5DB8D8220000000000000000", { family: "inet", ip: "93.184.216.34", port: 443 }],
    ["0200ffff00000000", { family: "inet", ip: "0.0.0.0", port: 65535 }],
    ["020001BB5DB8D822E5E5E5E5E5E5E5E5SADDR={", { family: "inet", ip: "93.184.216.34", port: 443 }],
    [
      "0A000050AABBCCDD20010DB8000000000000000000000001FEFFFFFF",
      { family: "inet6", ip: "2001:db8::1", port: 80, flowInfo: 0xaabbccdd, scopeId: 0xfffffffe },
    ],
    // As short as RFC 2133 had it.
    [
      "0A000050000000000000000000000000000000000000FFFF",
      { family: "inet6", ip: "::ffff", port: 80, flowInfo: 0, scopeId: 0 },
    ],
    [
      "0A00005000000000" + "00000000000000000000FFFF0A000001" + "00000000",
      { family: "inet6", ip: "::ffff:10.0.0.1", port: 80, flowInfo: 0, scopeId: 0 },
    ],
    ["01002F746D702F6100FFFF", { family: "unix", path: "/tmp/a", abstract: false }],
    ["01002F746D702F61", { family: "unix", path: "/tmp/a", abstract: false }],
    ["01002FFF", { family: "unix", path: "/\udcff", abstract: false }],
    ["010000610062", { family: "unix", path: "a\0b", abstract: true }],
    ["010000", { family: "unix", path: "", abstract: true }],
    ["0100", { family: "unix", path: "", abstract: false }],
    ["1000000078563412010000FF", { family: "netlink", portId: 0x12345678, groups: 0xff000001 }],
    ["11000800030000000100000600112233445500000000", { family: "packet", etherType: 0x800, interfaceIndex: 3 }],
    ["28000000000400000200000000000000", { family: "vsock", cid: 2, port: 1024 }],
    ["2800000001000000FFFFFFFF", { family: "vsock", cid: 0xffffffff, port: 1 }],
    ["1F0001", { family: "other", number: 31, bytes: Uint8Array.of(1) }],
    ["FF01", { family: "other", number: 0x1ff, bytes: new Uint8Array() }],
  ])("is read: %s", (hex, address) => {
    expect(decodeSocketAddress(hex)).toEqual(address);
  });

  it.each([
    ["0200005001020", 2, "0050010 2".replace(" ", "")],
    ["0200", 2, ""],
    ["0A00005000000000000000000000000000000000000000", 10, "005000000000000000000000000000000000000000"],
    ["1000000078563412", 16, "000078563412"],
    ["110008000300", 17, "08000300"],
    ["28000000000400000200", 40, "0000000400000200"],
  ])("is of no known form where it is cut: %s", (hex, number, rest) => {
    const bytes = Uint8Array.from(Buffer.from(rest, "hex"));
    expect(decodeSocketAddress(hex)).toEqual({ family: "other", number, bytes });
  });

  it.each(["", "0", "02", "020", "(null)", "{ saddr_fam=inet }", "xx00"])("is none: %j", (hex) => {
    expect(decodeSocketAddress(hex)).toBeUndefined();
  });

  it("has core's form of any IPv6 address", () => {
    for (let round = 0; round < 2000; round++) {
      const words = Array.from({ length: 8 }, () => (Math.random() < 0.5 ? 0 : Math.floor(Math.random() * 0x10000)));
      const hex = words.map((word) => word.toString(16).padStart(4, "0")).join("");
      expect(decodeSocketAddress(`0A00000000000000${hex}00000000`)).toMatchObject({
        ip: canonicalIp(words.map((word) => word.toString(16)).join(":")),
      });
    }
  });
});
