import type { EmittedEvent, Loss, Process } from "@procmon/core";
import { afterEach, expect, it } from "vitest";
import { createHost, type RecordingHost } from "../../test/host.ts";
import type { ScannedEvent } from "../scan/scan-messages.ts";
import { createProcEvents } from "./proc-events.ts";

const hosts: RecordingHost[] = [];

afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

function setUp() {
  const losses: Loss[] = [];
  const taken: number[] = [];
  const host = createHost();
  hosts.push(host);
  const events = createProcEvents({ ...host, lost: (loss) => losses.push(loss) }, (count) => taken.push(count));
  return { events, host, losses, taken };
}

/** Exits of processes that need not exist. */
function exits(from: number, count: number): ScannedEvent[] {
  return Array.from({ length: count }, (_, at) => {
    const process: Process = { pid: from + at, startTime: 1n, ppid: 1, comm: "x" };
    return { type: "exit", time: 1n, process };
  });
}

const pidsOf = (events: readonly EmittedEvent[]) => events.map(({ process }) => process?.pid);
const turn = () => new Promise((resolve) => setImmediate(resolve));

it("hands over in order, and nothing twice, whether in turns or at once", async () => {
  const { events, host } = setUp();
  events.push(exits(1, 3));
  await turn();
  await turn();
  events.push(exits(4, 3));
  expect(host.events.length).toBe(3);
  events.flush();
  events.flush();
  await turn();
  expect(pidsOf(host.events)).toEqual([1, 2, 3, 4, 5, 6]);
});

it("holds so many at most, and counts each that it has no room for", () => {
  const { events, host, losses } = setUp();
  events.push(exits(1, 16_384));
  events.push(exits(20_000, 5));
  events.flush();
  expect(host.events.length).toBe(16_384);
  expect(losses).toEqual(new Array(5).fill({ source: "proc", cause: "full", eventType: "exit", count: 1 }));
});

it("loses none of what comes as fast as it is handed over", async () => {
  const { events, host, losses, taken } = setUp();
  let pushed = 0;
  for (let round = 0; round < 60; round++) {
    events.push(exits(pushed + 1, 1000));
    pushed += 1000;
    await turn();
  }
  events.flush();
  expect(host.events.length + losses.length).toBe(pushed);
  // The last portion is not worth a message.
  expect(pushed - taken.reduce((sum, count) => sum + count, 0)).toBeLessThan(512);
  const pids = pidsOf(host.events).map(Number);
  expect(pids.every((pid, at) => at === 0 || pid > (pids[at - 1] ?? 0))).toBe(true);
});
