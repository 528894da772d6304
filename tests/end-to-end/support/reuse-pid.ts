// Runs in a pid namespace of its own, where the next pid can be chosen: makes a process, lets the monitor know it, ends
// it, makes another one of the same pid, and prints what the monitor says of both.
import { writeFileSync } from "node:fs";
import { createMonitor, type Ownership, type Process } from "@procmon/core";
import { type Fixture, spawnFixture } from "@procmon-internal/fixtures";
import { type MadeSocket, unconnected } from "./sockets.ts";

const TRIES = 50;

// It is this process's own; what it starts has pids that it sees itself.
delete process.env.FIXTURE_OUTER_PID;

/** What is printed. */
export interface PidReuse {
  readonly method: string | undefined;
  readonly before: Pick<Process, "pid" | "comm" | "path">;
  readonly ownerBefore: Ownership["kind"];
  readonly after: Pick<Process, "pid" | "comm" | "path"> | undefined;
  readonly ownerAfter: Ownership["kind"];
  readonly sameStartTime: boolean;
}

/** Starts processes until one has this pid: others may take it in between. */
async function spawnWithPid(pid: number): Promise<Fixture<{ pid: number }>> {
  for (let i = 0; i < TRIES; i++) {
    writeFileSync("/proc/sys/kernel/ns_last_pid", String(pid - 1));
    const fixture = await spawnFixture("odd-process", ["wait"]);
    if (fixture.pid === pid) return fixture;
    await fixture.stop();
  }
  throw new Error(`no process got pid ${pid}`);
}

const facts = ({ pid, comm, path }: Process) => ({ pid, comm, ...(path === undefined ? {} : { path }) });

async function main(): Promise<void> {
  await using monitor = createMonitor({ methods: ["proc"], strict: true, from: import.meta.dirname });
  await monitor.start();
  const first = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"]);
  const tuple = unconnected("tcp", "127.0.0.1", first.ready.port);
  const ownerBefore = (await monitor.findOwner(tuple)).kind;
  const before = await monitor.findProcess(first.pid);
  if (before === undefined) throw new Error("the first process was not found");
  await first.stop();
  await using second = await spawnWithPid(first.pid);
  const ownerAfter = (await monitor.findOwner(tuple)).kind;
  const after = await monitor.findProcess(second.pid);
  const report: PidReuse = {
    method: monitor.method,
    before: facts(before),
    ownerBefore,
    after: after && facts(after),
    ownerAfter,
    sameStartTime: after?.startTime === before.startTime,
  };
  console.log(JSON.stringify(report));
}

await main();
