import { describe, expect, it } from "vitest";
import { ProcmonError } from "../errors/procmon-error.ts";
import { checkConnection } from "./check-connection.ts";
import type { ConnectionTuple } from "./connection-tuple.ts";

const OWN = 4026531840;
const TUPLE: ConnectionTuple = { protocol: "tcp", srcIp: "10.0.0.1", srcPort: 5, dstIp: "10.0.0.2", dstPort: 443 };

describe("checkConnection", () => {
  it("adds the own network namespace where none is given", () => {
    expect(checkConnection(TUPLE, OWN)).toEqual({ ...TUPLE, netns: OWN });
    expect(checkConnection({ ...TUPLE, netns: 7 }, OWN).netns).toBe(7);
  });

  it("writes addresses canonically and takes IPv6 addresses for an IPv6 socket", () => {
    const tuple = { ...TUPLE, srcIp: "2001:DB8:0::1", dstIp: "::FFFF:1.2.3.4" };
    expect(checkConnection(tuple, OWN)).toMatchObject({
      protocol: "tcp6",
      srcIp: "2001:db8::1",
      dstIp: "::ffff:1.2.3.4",
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ["an unknown protocol", { protocol: "quic" }],
    ["a protocol of Object.prototype", { protocol: "toString" }],
    ["no address", { srcIp: undefined }],
    ["a bad address", { dstIp: "1.2.3" }],
    ["a zone", { srcIp: "fe80::1%eth0", dstIp: "fe80::2" }],
    ["a negative port", { srcPort: -1 }],
    ["a port too high", { dstPort: 65_536 }],
    ["half a port", { dstPort: 1.5 }],
    ["a port in words", { dstPort: "443" }],
    ["two families", { dstIp: "::1" }],
    ["IPv4 in an IPv6 protocol", { protocol: "udp6" }],
    ["a bad namespace", { netns: -1 }],
  ])("refuses %s", (_, change) => {
    try {
      checkConnection({ ...TUPLE, ...change } as ConnectionTuple, OWN);
      expect.unreachable();
    } catch (error) {
      expect(ProcmonError.isInstance(error) && error.code).toBe("INVALID_CONNECTION");
      expect(ProcmonError.isInstance(error) && error.remedy).toBeTruthy();
    }
  });

  it("refuses what is no object", () => {
    expect(() => checkConnection(null as unknown as ConnectionTuple, OWN)).toThrow(/object/);
  });
});
