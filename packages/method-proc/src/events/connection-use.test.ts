import type { InetSocketRow } from "@procmon/core";
import { describe, expect, it } from "vitest";
import { connectionUse } from "./connection-use.ts";

function row(protocol: InetSocketRow["protocol"], state: InetSocketRow["state"]): InetSocketRow {
  const ends = { srcIp: "10.0.0.1", srcPort: 5, dstIp: "10.0.0.2", dstPort: 80 };
  return { protocol, state, ...ends, inode: 1, uid: 0, receiveQueue: 0, sendQueue: 0 };
}

describe("connectionUse", () => {
  it("tells who called from whether somebody listens there", () => {
    expect(connectionUse(row("tcp", "established"), false)).toBe("connect");
    expect(connectionUse(row("tcp", "established"), true)).toBe("accept");
    expect(connectionUse(row("tcp6", "close-wait"), true)).toBe("accept");
    expect(connectionUse(row("tcp", "syn-sent"), true)).toBe("connect");
  });

  it("takes a datagram socket's peer for a flow", () => {
    expect(connectionUse(row("udp", "established"), false)).toBe("flow");
    expect(connectionUse(row("raw", "established"), false)).toBe("flow");
    expect(connectionUse(row("udp", "unconnected"), false)).toBeUndefined();
  });

  it("knows listeners, and what is over", () => {
    expect(connectionUse(row("tcp", "listen"), true)).toBe("listen");
    expect(connectionUse(row("tcp", "close"), false)).toBeUndefined();
  });
});
