import { createMonitor, type MonitorEvent } from "@procmon/core";
import { expect, onTestFinished, test } from "vitest";
import { createEventSource } from "./event-source.ts";
import { connectOf, execOf, syntheticMethod } from "./synthetic-method.test-kit.ts";

async function make() {
  const method = syntheticMethod();
  const monitor = createMonitor({ methods: [method] });
  onTestFinished(() => monitor.stop());
  await monitor.start();
  const events: MonitorEvent[] = [];
  let ends = 0;
  const source = createEventSource({ monitor, onEvent: (event) => void events.push(event), onEnd: () => void ends++ });
  const pids = () => events.flatMap((event) => (event.type === "exec" ? [event.process.pid] : []));
  return { method, monitor, source, events, pids, ends: () => ends };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("the monitor looks for what is wanted, and nothing else", async () => {
  const { method, source } = await make();
  const wanted = () => (["exec", "connect"] as const).filter((type) => method.wants(type));
  expect(wanted()).toEqual([]);
  source.want(["exec"]);
  expect(wanted()).toEqual(["exec"]);
  source.want(["exec", "connect"]);
  await nextTurn();
  expect(wanted()).toEqual(["exec", "connect"]);
  source.want(["connect"]);
  await expect.poll(wanted, { timeout: 20_000 }).toEqual(["connect"]);
  source.want([]);
  expect(wanted()).toEqual([]);
});

test("nothing is missed, and nothing comes twice, while what is wanted changes", async () => {
  const { method, source, pids } = await make();
  let pid = 0;
  const emit = (count: number) => {
    for (let i = 0; i < count; i++) method.emit(execOf(++pid));
  };
  source.want(["exec"]);
  for (let round = 0; round < 20; round++) {
    emit(3);
    source.want(["exec", "connect"]);
    emit(2);
    // In the middle of what the reader does.
    queueMicrotask(() => emit(1));
    await Promise.resolve();
    emit(1);
    source.want(["exec"]);
    emit(4);
    if (round % 3 === 0) await nextTurn();
  }
  await nextTurn();
  await nextTurn();
  expect(pids()).toEqual(Array.from({ length: pid }, (_, index) => index + 1));
});

test("nothing comes twice where nothing is wanted for a moment, while events wait", async () => {
  const { method, source, pids } = await make();
  source.want(["exec"]);
  await nextTurn();
  for (let pid = 1; pid <= 10; pid++) method.emit(execOf(pid));
  source.want(["exec", "connect"]);
  source.want([]);
  source.want(["exec"]);
  for (let pid = 11; pid <= 13; pid++) method.emit(execOf(pid));
  await nextTurn();
  await nextTurn();
  expect(pids().filter((pid) => pid > 10)).toEqual([11, 12, 13]);
});

test("what is no longer wanted does not come, and what is wanted again does", async () => {
  const { method, source, events } = await make();
  source.want(["exec"]);
  method.emit(execOf(1));
  method.emit(connectOf(1, 1));
  await nextTurn();
  source.want([]);
  method.emit(execOf(2));
  await nextTurn();
  source.want(["exec", "connect"]);
  method.emit(execOf(3));
  method.emit(connectOf(3, 1));
  await nextTurn();
  expect(events.map(({ type }) => type)).toEqual(["exec", "exec", "connect"]);
});

test("the end is that of the monitor, after what it has told", async () => {
  const { method, monitor, source, events, ends } = await make();
  source.want(["exec", "method"]);
  source.want(["exec", "method", "connect"]);
  await nextTurn();
  method.emit(execOf(1));
  expect(ends()).toBe(0);
  await monitor.stop();
  await nextTurn();
  expect(events.map(({ type }) => type)).toEqual(["exec", "method"]);
  expect(ends()).toBe(1);
});
