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

const SUM = "0123456789abcdef".repeat(4);

it("never cuts a checksum, however narrow the terminal", () => {
  const process = { ...curl, checksums: { "process.hash.sha256": SUM }, checksumStatus: "ok" } as const;
  for (const width of [undefined, 200, 120, 80, 40]) {
    const table = createEventTable(PLAIN, () => width);
    for (const event of [exec, connect]) {
      const row = table.row(eventCells({ ...event, process } as MonitorEvent, false, ["sha256"]));
      expect(row).toMatch(new RegExp(`  sha256=${SUM}\n$`));
      if (width === undefined) expect(row).toContain("/usr/bin/curl");
    }
  }
});

it("says which checksums another executable had before", () => {
  const [, type, , , , details, checksums] = eventCells(
    {
      ...head,
      type: "checksum-change",
      process: { ...curl, checksums: { "process.hash.sha256": "bb" }, checksumStatus: "ok" },
      path: "/usr/bin/\x1bcurl",
      previous: { "process.hash.sha256": "aa" },
    },
    false,
    ["sha256"],
  );
  expect([type, details, checksums]).toEqual(["checksum-change", "/usr/bin/\\x1bcurl was sha256=aa", "sha256=bb"]);
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
