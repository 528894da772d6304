import type { MonitorEvent } from "@procmon/core";
import { expect, it } from "vitest";
import { createPalette } from "./colour.ts";
import { createEventTable, eventCells } from "./event-table.ts";

const PLAIN = createPalette({});
const connection = {
  protocol: "tcp",
  srcIp: "192.168.100.100",
  srcPort: 57934,
  dstIp: "142.250.185.100",
  dstPort: 18080,
  netns: 1,
} as const;
const curl = { pid: 4_194_303, startTime: 1n, ppid: 1, comm: "curl", path: "/usr/bin/curl", args: ["curl", "-v"] };
const head = { time: 1_767_323_045_123_456_789n, method: "proc" } as const;
const exec: MonitorEvent = { ...head, type: "exec", process: curl };
const connect: MonitorEvent = {
  ...head,
  type: "connect",
  connection,
  ownership: { kind: "process", confidence: "exact", via: "scan", owners: [curl] },
  process: curl,
};

function print(width: number | undefined): readonly string[] {
  const table = createEventTable(PLAIN, () => width);
  return [table.header(), ...[exec, connect].map((event) => table.row(eventCells(event, false)))];
}

it("gives the connection and the details a column each where there is room", () => {
  for (const width of [undefined, 120]) {
    const [header = "", , row = ""] = print(width);
    expect(header).toMatch(/^Time +Type +Pid +Process +Connection +Details\n$/);
    expect(row.indexOf("/usr/bin/curl")).toBeGreaterThan(row.indexOf("142.250.185.100:18080"));
  }
});

it("fits 80 columns, and never cuts a connection", () => {
  const [header = "", first = "", second = ""] = print(80);
  expect(header).toMatch(/^Time +Type +Pid +Process +Connection or details\n$/);
  expect(first).toMatch(/^\d\d:\d\d:\d\d {2}exec +4194303 {2}curl {6}\/usr\/bin\/curl: curl -v\n$/);
  expect(first.indexOf("/usr")).toBe(header.indexOf("Connection"));
  expect(second).toContain("tcp 192.168.100.100:57934 → 142.250.185.100:18080");
  for (const line of [header, first]) expect(line.length).toBeLessThanOrEqual(81);
  for (const line of print(40)) expect(line.length).toBeLessThan(100);
  expect(print(40)[2]).toContain("142.250.185.100:18080");
});
