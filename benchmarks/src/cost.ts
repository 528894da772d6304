import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds after which whoever watches has dealt with what has happened. */
const SETTLE_MS = 500;

/** What a process takes that watches. */
export interface Cost {
  /** Seconds of CPU before there was something to watch: its own start. */
  readonly cpuOfStart: number;
  /** Seconds of CPU for what it watched. */
  readonly cpuOfWork: number;
  /** Peak resident memory in MB. */
  readonly peak: number;
}

/** What the process `pid` takes while something is done. */
export async function costDuring<Done>(pid: number, work: () => Promise<Done>): Promise<{ done: Done; cost: Cost }> {
  const cpuOfStart = cpuSecondsOf(pid);
  const done = await work();
  await sleep(SETTLE_MS);
  const cpuOfWork = cpuSecondsOf(pid) - cpuOfStart;
  return { done, cost: { cpuOfStart, cpuOfWork, peak: memoryOf(pid).peak } };
}

/** Seconds of CPU of all threads that a process has: `/proc/<pid>/task/<tid>/schedstat` counts nanoseconds, `stat` ticks. */
export function cpuSecondsOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const ofThread = (tid: string) => Number.parseInt(readFileSync(`${tasks}/${tid}/schedstat`, "latin1"), 10);
  return readdirSync(tasks).reduce((sum, tid) => sum + ofThread(tid), 0) / 1e9;
}

/** Resident memory of a process in MB: now, and at most until now. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
}
