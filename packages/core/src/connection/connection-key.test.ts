import { describe, expect, it } from "vitest";
import { checkConnection } from "./check-connection.ts";
import { connectionKey } from "./connection-key.ts";
import type { ConnectionTuple } from "./connection-tuple.ts";

const TUPLE: ConnectionTuple = { protocol: "tcp", srcIp: "10.0.0.1", srcPort: 5, dstIp: "10.0.0.2", dstPort: 443 };
const keyOf = (change: Partial<ConnectionTuple>): string => connectionKey(checkConnection({ ...TUPLE, ...change }, 1));

describe("connectionKey", () => {
  it("is the same for IPv4 and IPv4-mapped", () => {
    expect(keyOf({ protocol: "tcp6", srcIp: "::ffff:10.0.0.1", dstIp: "::ffff:a00:2" })).toBe(keyOf({}));
  });

  it("is another for each other connection", () => {
    const keys = [
      keyOf({}),
      keyOf({ protocol: "udp" }),
      keyOf({ srcIp: "10.0.0.3" }),
      keyOf({ srcPort: 54 }),
      keyOf({ dstIp: "10.0.0.24" }),
      keyOf({ dstPort: 44 }),
      keyOf({ netns: 2 }),
      keyOf({ srcIp: "::10.0.0.1", dstIp: "::10.0.0.2" }),
      keyOf({ srcIp: "0.0.0.0", dstIp: "0.0.0.0" }),
      keyOf({ srcIp: "::", dstIp: "::" }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
