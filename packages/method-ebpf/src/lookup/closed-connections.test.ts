import type { CheckedConnection } from "@procmon/core";
import { expect, it } from "vitest";
import { createClosedConnections } from "./closed-connections.ts";

const connection = (srcPort: number, more: Partial<CheckedConnection> = {}): CheckedConnection => {
  return { protocol: "tcp", srcIp: "10.0.0.1", srcPort, dstIp: "10.0.0.2", dstPort: 443, netns: 1, ...more };
};
const owner = (pid: number) => ({ pid, startTime: BigInt(pid) });

it("names the last owner of a connection, also of its mapped form", () => {
  const closed = createClosedConnections(8);
  closed.note(connection(1), owner(1));
  closed.note(connection(1), owner(2));
  closed.note(connection(2), owner(3));
  expect(closed.find(connection(1))).toEqual(owner(2));
  const mapped = { protocol: "tcp6", srcIp: "::ffff:10.0.0.1", dstIp: "::ffff:10.0.0.2" } as const;
  expect(closed.find(connection(2, mapped))).toEqual(owner(3));
  expect(closed.find(connection(2, { netns: 2 }))).toBeUndefined();
  expect(closed.find(connection(2, { protocol: "udp" }))).toBeUndefined();
  expect(closed.find(connection(3))).toBeUndefined();
});

it("forgets the oldest first", () => {
  const closed = createClosedConnections(4);
  for (let port = 1; port <= 10; port++) closed.note(connection(port), owner(port));
  expect([5, 6, 7, 8, 9, 10].map((port) => closed.find(connection(port))?.pid)).toEqual([
    undefined,
    undefined,
    7,
    8,
    9,
    10,
  ]);
});
