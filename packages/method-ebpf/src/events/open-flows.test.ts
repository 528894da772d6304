import { expect, it } from "vitest";
import { createOpenFlows, type OpenFlow } from "./open-flows.ts";

function flow(dstPort: number): OpenFlow {
  return {
    connection: { protocol: "udp", srcIp: "10.0.0.1", srcPort: 1, dstIp: "10.0.0.2", dstPort, netns: 1 },
    ownership: { kind: "none", reason: "unheld" },
    process: undefined,
    begin: 0n,
    isFirst: true,
    key: new Uint8Array(32),
  };
}

it("gives all flows of a socket once", () => {
  const flows = createOpenFlows(10);
  expect([flows.add(1, flow(53)), flows.add(1, flow(54)), flows.add(2, flow(53))]).toEqual([true, true, true]);
  expect([...flows.take(1)].map(({ connection }) => connection.dstPort)).toEqual([53, 54]);
  expect([...flows.take(1)]).toEqual([]);
  expect(flows.size).toBe(1);
});

it("knows a flow that it is told of again", () => {
  const flows = createOpenFlows(10);
  flows.add(1, flow(53));
  expect(flows.add(1, flow(53))).toBe(false);
  expect(flows.size).toBe(1);
});

it("forgets the socket that began first where there is no room, and counts what it forgets", () => {
  const flows = createOpenFlows(2);
  flows.add(1, flow(53));
  flows.add(2, flow(53));
  flows.add(3, flow(53));
  expect(flows.size).toBeLessThanOrEqual(2);
  expect(flows.forgotten).toBe(1);
  expect([...flows.take(1)]).toEqual([]);
});

it("stays within its bounds also with one socket that has all flows", () => {
  const flows = createOpenFlows(100);
  for (let port = 1; port < 1000; port++) flows.add(1, flow(port));
  expect(flows.size).toBeLessThanOrEqual(100);
});
