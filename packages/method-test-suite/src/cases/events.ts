import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { EVENT_TYPES, type MethodCapabilities, type MonitorMethod, type ObservedEventType } from "@procmon/core";
import { spawnChild } from "../children/spawn-child.ts";
import { createTestHost } from "../host/create-test-host.ts";
import type { TestCase } from "../test-case.ts";
import { waitFor } from "../wait-for.ts";
import { EVENT_SCENARIOS, seen } from "./event-scenarios.ts";

/** Declared events arrive, others do not. */
export function eventCases(createMethod: () => MonitorMethod, capabilities: MethodCapabilities): TestCase[] {
  const types = EVENT_TYPES.filter((type): type is ObservedEventType => type !== "lost" && type !== "method");
  return [
    ...types.map((type): TestCase => {
      const name = `${type} arrives, with its process`;
      const run = () => EVENT_SCENARIOS[type](createMethod());
      return capabilities.events[type] === undefined
        ? { name, run, skipped: `does not declare ${type}` }
        : { name, run };
    }),
    ...types
      .filter((type) => type === "exec" || type === "exit")
      .map((type): TestCase => {
        const name = `${type}: none of many short lives is missing`;
        const run = () => shortLives(createMethod(), type);
        return capabilities.events[type] === "complete"
          ? { name, run }
          : { name, run, skipped: `${type} is not complete` };
      }),
    { name: "no other type is emitted", run: () => onlyDeclared(createMethod()) },
  ];
}

/** Programs that end at once: each is seen, or counted as lost. */
async function shortLives(method: MonitorMethod, type: "exec" | "exit"): Promise<void> {
  const { host, events, losses, close } = createTestHost();
  await method.start(host);
  try {
    const pids = Array.from({ length: 20 }, () => spawnSync(process.execPath, ["--version"]).pid);
    const lost = () => losses.reduce((sum, { count }) => sum + count, 0);
    const missing = () => pids.filter((pid) => !events.some((event) => seen(event, type, pid)));
    await waitFor(`${type} of ${pids.length} processes`, () => (missing().length <= lost() ? true : undefined));
  } finally {
    await method.stop();
    close();
  }
}

/** With a host that wants everything, and a little of everything happening. */
async function onlyDeclared(method: MonitorMethod): Promise<void> {
  const { host, events, close } = createTestHost();
  await method.start(host);
  try {
    await using child = await spawnChild();
    const { port } = await child.listen("127.0.0.1");
    await child.connect("127.0.0.1", port);
    await child.udp("127.0.0.1", port);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  } finally {
    await method.stop();
    close();
  }
  const undeclared = events.map((event) => event.type).filter((type) => method.capabilities.events[type] === undefined);
  assert.deepEqual([...new Set(undeclared)], []);
}
