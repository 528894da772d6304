import { setImmediate } from "node:timers/promises";
import { isZombie, listPids, type ProcessReading, readProcessOnce } from "@procmon/core";
import { treeOfListed } from "./process-tree.ts";
import { trackedProcess } from "./tracked-process.ts";
import type { TrackerContext } from "./tracker-context.ts";

/** So long the event loop is kept waiting at a time, in milliseconds. */
const SLICE_MS = 3;

interface Listed extends ProcessReading {
  readonly readAt: bigint;
}

/** Learns of all processes that live. Records may be applied meanwhile: what they told is left as it is. Ends early when the host is aborted. */
export async function listProcesses(context: TrackerContext): Promise<void> {
  const { host, now } = context;
  const listed: Listed[] = [];
  const next = createSlices();
  for (const pid of listPids(host.procfs)) {
    if (host.signal.aborted) return;
    const readAt = now();
    const reading = readProcessOnce(host.procfs, pid, { captureEnv: host.captureEnv });
    // A zombie has ended already.
    if (reading.ok && !isZombie(reading.value.stat)) listed.push({ ...reading.value, readAt });
    await next();
  }

  const byPid = new Map(listed.map(({ process }) => [process.pid, process]));
  for (const { process, readAt } of listed) {
    if (host.signal.aborted) return;
    takeListed(context, { ...process, tree: treeOfListed(process, byPid) }, readAt);
    await next();
  }
}

function takeListed({ host, table }: TrackerContext, process: Listed["process"], readAt: bigint): void {
  const { pid, startTime } = process;
  if (table.living(pid) !== undefined) return;
  // It ended after it was read.
  const ended = table.ended(pid);
  if (ended !== undefined && ended.startTime >= startTime) return;
  table.add(
    trackedProcess({
      process,
      exactStart: startTime,
      knownSince: readAt,
      readAt,
      ...(process.nsPid === undefined ? {} : { isNested: true }),
    }),
  );
  host.processes.add(process, readAt);
}

/** Gives a function to be awaited after each step: mostly that takes no time. */
function createSlices(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < SLICE_MS) return undefined;
    return setImmediate().then(() => {
      began = performance.now();
    });
  };
}
