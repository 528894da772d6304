// Runs a monitor in a process of its own: `node monitor-process.mjs SETUP`, which is a MonitorSetup. Prints {"pid"} when it watches. For each
// line of input, a SeenQuestion, it prints a line with what it has Seen. Ends with its input, or by SIGTERM. Plain JavaScript, since what
// takes the types out of TypeScript takes 18 MB itself.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createMonitor } from "@procmon/core";
import { auditMethod } from "@procmon/method-audit";
import { ebpfMethod } from "@procmon/method-ebpf";
import { procMethod } from "@procmon/method-proc";

/** @import { Monitor, MonitorEvent, MonitorEventType } from "@procmon/core" */
/** @import { MonitorSetup, Seen, SeenDetail, SeenQuestion } from "./monitor-messages.ts" */

/** Milliseconds between two looks whether everything has come, and without any event after which no more is waited for. */
const LOOK_MS = 100;
const QUIET_MS = 2000;

/** @type {MonitorSetup} */
const { way, pluginSocket = "", types, keep } = JSON.parse(process.argv[2] ?? "");
const METHODS = {
  connector: () => procMethod(),
  polling: () => procMethod({ native: false }),
  ebpf: () => ebpfMethod(),
  audit: () => auditMethod({ enable: true }),
  "audit-plugin": () => auditMethod({ source: "plugin", pluginSocket, activities: [] }),
};

/** @type {Map<MonitorEventType, number>} */
const totals = new Map();
/** @type {Map<MonitorEventType, number[]>} */
const pids = new Map(types.map((type) => [type, []]));
/** @type {SeenDetail[]} */
const details = [];
let lost = 0;

async function watch() {
  const monitor = createMonitor({ methods: [METHODS[way]()], strict: true });
  const reading = read(monitor);
  await monitor.start();
  console.log(JSON.stringify({ pid: process.pid }));
  for await (const line of createInterface({ input: process.stdin })) {
    /** @type {SeenQuestion} */
    const question = JSON.parse(line);
    const wanted = question.pids && new Set(question.pids);
    await untilSeen(question, wanted);
    console.log(JSON.stringify(seenOf(wanted)));
  }
  await monitor.stop();
  await reading;
}

/** @param {Monitor} monitor */
async function read(monitor) {
  for await (const event of monitor.events({ types: [...types, "lost"] })) {
    if (event.type === "lost") lost += event.count;
    else take(event);
  }
}

/** @param {MonitorEvent} event */
function take(event) {
  const { type } = event;
  totals.set(type, (totals.get(type) ?? 0) + 1);
  if (keep === "nothing" || !("process" in event) || event.process === undefined) return;
  const { pid, ppid, path, args } = event.process;
  pids.get(type)?.push(pid);
  if (keep === "pids") return;
  details.push({
    type,
    pid,
    ppid,
    ...(path === undefined ? {} : { path }),
    ...(args === undefined ? {} : { args }),
    ...("connection" in event ? { srcPort: event.connection.srcPort } : {}),
  });
}

/**
 * @param {MonitorEventType} type
 * @param {ReadonlySet<number> | undefined} wanted
 */
function countOf(type, wanted) {
  if (wanted === undefined) return totals.get(type) ?? 0;
  return pids.get(type)?.reduce((count, pid) => count + Number(wanted.has(pid)), 0) ?? 0;
}

/**
 * @param {SeenQuestion} question
 * @param {ReadonlySet<number> | undefined} wanted
 */
async function untilSeen({ type, count }, wanted) {
  let last = -1;
  for (let silent = 0; silent < QUIET_MS; silent += LOOK_MS) {
    const seen = countOf(type, wanted);
    if (seen >= count) return;
    if (seen !== last) silent = 0;
    last = seen;
    await sleep(LOOK_MS);
  }
}

/**
 * @param {ReadonlySet<number> | undefined} wanted
 * @returns {Seen}
 */
function seenOf(wanted) {
  return {
    counts: Object.fromEntries(types.map((type) => [type, countOf(type, wanted)])),
    details: wanted === undefined ? [] : details.filter(({ pid }) => wanted.has(pid)),
    total: [...totals.values()].reduce((sum, count) => sum + count, 0),
    lost,
  };
}

await watch();
process.exit(0);
