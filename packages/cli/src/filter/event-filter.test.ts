import type { MonitorEvent, Ownership, Process } from "@procmon/core";
import { expect, it } from "vitest";
import { createEventFilter, type EventConditions } from "./event-filter.ts";

const curl: Process = { pid: 7, startTime: 1n, ppid: 1, comm: "curl", path: "/usr/bin/curl-8", uid: 1000 };
const base = { time: 1n, method: "proc" };
const connection = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 4000, dstIp: "127.0.0.1", dstPort: 443 } as const;

function connect(ownership: Ownership, process?: Process): MonitorEvent {
  return { ...base, type: "connect", connection, ownership, ...(process === undefined ? {} : { process }) };
}

const shared = connect({
  kind: "process",
  confidence: "exact",
  via: "scan",
  owners: [
    { pid: 7, startTime: 1n, comm: "curl", path: "/usr/bin/curl-8" },
    { pid: 9, startTime: 2n, comm: "helper" },
  ],
});
const exec: MonitorEvent = { ...base, type: "exec", process: curl };

it.each<[string, EventConditions, MonitorEvent, boolean]>([
  ["nothing asked", {}, exec, true],
  ["the pid", { pid: 7 }, exec, true],
  ["another pid", { pid: 8 }, exec, false],
  ["the pid of a further owner", { pid: 9 }, shared, true],
  ["the comm", { name: "curl" }, exec, true],
  ["the file", { name: "curl-8" }, exec, true],
  ["a part of the file", { name: "curl-" }, exec, false],
  ["the name of a further owner", { name: "helper" }, shared, true],
  ["the peer's port", { port: 443 }, shared, true],
  ["the own port", { port: 4000 }, shared, true],
  ["another port", { port: 80 }, shared, false],
  ["a port, of an event without a connection", { port: 443 }, exec, false],
  ["the user", { uid: 1000 }, exec, true],
  ["another user", { uid: 0 }, exec, false],
  ["the user of a hidden owner", { uid: 5 }, connect({ kind: "hidden", uid: 5, requires: "CAP_SYS_PTRACE" }), true],
  ["both conditions, one false", { pid: 7, name: "wget" }, exec, false],
])("%s", (_what, conditions, event, kept) => {
  expect(createEventFilter(conditions)(event)).toBe(kept);
});

it("always keeps what tells of the stream itself", () => {
  const keep = createEventFilter({ pid: 1, name: "x", port: 1, uid: 1 });
  expect(keep({ ...base, type: "lost", source: "ring", cause: "full", count: 2 })).toBe(true);
  expect(keep({ ...base, type: "method", change: "start" })).toBe(true);
});
