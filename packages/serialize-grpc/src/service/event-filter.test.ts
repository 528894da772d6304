import type { MonitorEvent } from "@procmon/core";
import { expect, test } from "vitest";
import { createEventFilter, type EventConditions } from "./event-filter.ts";
import { connectOf, execOf, syntheticProcess } from "./synthetic-method.test-kit.ts";

const origin = { time: 1n, method: "synthetic" };
const exec: MonitorEvent = { ...origin, ...execOf(7) };
const connect: MonitorEvent = { ...origin, ...connectOf(7, 443, syntheticProcess(7)) };
const unknown: MonitorEvent = { ...origin, ...connectOf(9, 443) };
const hidden: MonitorEvent = { ...unknown, ownership: { kind: "hidden", uid: 5, requires: "CAP_SYS_PTRACE" } };
const lost: MonitorEvent = { ...origin, type: "lost", source: "ring", cause: "full", count: 2 };
const method: MonitorEvent = { ...origin, type: "method", change: "start" };

test.each<[string, EventConditions, MonitorEvent, boolean]>([
  ["nothing asked", {}, exec, true],
  ["the type", { types: new Set(["exec"]) }, exec, true],
  ["another type", { types: new Set(["exit"]) }, exec, false],
  ["the pid", { pids: new Set([1, 7]) }, exec, true],
  ["another pid", { pids: new Set([8]) }, connect, false],
  ["the pid of an owner alone", { pids: new Set([9]) }, unknown, true],
  ["the comm", { names: new Set(["program-7"]) }, exec, true],
  ["a part of the name", { names: new Set(["program"]) }, exec, false],
  ["the name of an owner alone", { names: new Set(["program-9"]) }, unknown, true],
  ["the user", { uids: new Set([1000]) }, connect, true],
  ["another user", { uids: new Set([0]) }, connect, false],
  ["the user of a hidden owner", { uids: new Set([5]) }, hidden, true],
  ["an unknown user", { uids: new Set([0]) }, unknown, false],
  ["the peer's port", { ports: new Set([443]) }, connect, true],
  ["the own port", { ports: new Set([40_000]) }, connect, true],
  ["another port", { ports: new Set([80]) }, connect, false],
  ["a port, of what has none", { ports: new Set([443]) }, exec, false],
  ["the protocol", { protocols: new Set(["tcp"]) }, connect, true],
  ["another protocol", { protocols: new Set(["tcp6"]) }, connect, false],
  ["a protocol, of what has none", { protocols: new Set(["tcp"]) }, exec, false],
  ["two conditions, one false", { pids: new Set([7]), ports: new Set([80]) }, connect, false],
])("%s", (_what, conditions, event, kept) => {
  expect(createEventFilter(conditions)(event)).toBe(kept);
});

test("what tells of the stream itself comes, unless it concerns other types only", () => {
  const filter = createEventFilter({ types: new Set(["exec"]), pids: new Set([1]), ports: new Set([1]) });
  expect(filter(method)).toBe(true);
  expect(filter(lost)).toBe(true);
  expect(filter({ ...lost, eventType: "exec" })).toBe(true);
  expect(filter({ ...lost, eventType: "connect" })).toBe(false);
  expect(createEventFilter({ types: new Set(["lost"]) })({ ...lost, eventType: "connect" })).toBe(true);
});

test("the name of a file counts where the comm is another", () => {
  const event: MonitorEvent = { ...exec, process: { ...syntheticProcess(1), comm: "x", path: "/opt/tool" } };
  expect(createEventFilter({ names: new Set(["tool"]) })(event)).toBe(true);
});
