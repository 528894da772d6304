import type { MonitorEvent, Process, SocketOwner } from "@procmon/core";
import { expect, it } from "vitest";
import { eventCells } from "./event-table.ts";
import { formatJson } from "./json.ts";
import { watchRecord } from "./watch-record.ts";

const process: Process = {
  pid: 42,
  startTime: 9_007_199_254_740_993n,
  ppid: 1,
  comm: "evil\x1b[2J",
  path: "/tmp/\u202eexe\udcff",
  args: ["evil", "a b", "\n"],
  env: { TOKEN: "secret" },
};
const owner: SocketOwner = { pid: 42, startTime: process.startTime, comm: process.comm, fd: 3 };
const connection = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "::1", dstPort: 2, netns: 3 } as const;

function connect(owners: readonly [SocketOwner, ...SocketOwner[]]): MonitorEvent {
  const ownership = { kind: "process", confidence: "exact", via: "scan", owners } as const;
  return { type: "connect", time: 1_767_323_045_123_456_789n, method: "proc", connection, ownership, process };
}

it("is one line with the version first, bigints as digits and the time in nanoseconds", () => {
  const line = formatJson(watchRecord(connect([owner]), false));
  expect(line.endsWith("}\n")).toBe(true);
  expect(line.indexOf("\n")).toBe(line.length - 1);
  expect(line.startsWith('{"v":1,"type":"connect","time":"2026-01-02T03:04:05.123456789Z","method":"proc"')).toBe(true);
  expect(line).toContain('"startTime":"9007199254740993"');
  expect(line).toContain("\\u001b[2J");
  expect(line).toContain("\\udcff");
});

it("names the owner once where process tells it, and all where there are several", () => {
  expect(watchRecord(connect([owner]), false)).toMatchObject({
    ownership: { kind: "process", confidence: "exact", via: "scan" },
  });
  expect(
    JSON.stringify(Object.keys((watchRecord(connect([owner]), false) as { ownership: object }).ownership)),
  ).not.toContain("owners");
  const other = { pid: 43, startTime: 5n };
  expect(watchRecord(connect([owner, other]), false)).toMatchObject({ ownership: { owners: [owner, other] } });
  expect(watchRecord(connect([other]), false)).toMatchObject({ ownership: { owners: [other] } });
});

it("keeps the environment back unless told", () => {
  expect(formatJson(watchRecord(connect([owner]), false))).not.toContain("secret");
  expect(formatJson(watchRecord(connect([owner]), true))).toContain('"env":{"TOKEN":"secret"}');
  expect(eventCells(connect([owner]), false).join(" ")).not.toContain("secret");
  expect(eventCells(connect([owner]), true).join(" ")).toContain("TOKEN=secret");
});

it("puts no raw control character into the table", () => {
  const cells = eventCells({ type: "exec", time: 0n, method: "proc", process }, true);
  expect(cells.join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(cells[3]).toBe("evil\\x1b[2J");
  expect(cells[5]).toContain("'a b' $'\\n'");
});

it("says in the table what the ownership is", () => {
  const hidden = { ...connect([owner]), ownership: { kind: "hidden", requires: "CAP_SYS_PTRACE" } } as MonitorEvent;
  const { process: _process, ...event } = hidden as MonitorEvent & { process: Process };
  expect(eventCells(event as MonitorEvent, false)[2]).toBe("?");
  expect(eventCells(event as MonitorEvent, false)[5]).toBe("owner hidden, to see it takes CAP_SYS_PTRACE");
  expect(eventCells(connect([owner, { pid: 43, startTime: 5n, comm: "helper" }]), false)[5]).toContain(
    "also 43 helper",
  );
});
