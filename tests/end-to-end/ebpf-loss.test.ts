import { spawn } from "node:child_process";
import { readlinkSync, realpathSync } from "node:fs";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { expect, onTestFinished, test } from "vitest";
import { heldBpf, listBpf } from "./support/bpf-objects.ts";
import { connectStorm } from "./support/connect-storm.ts";
import { needs } from "./support/needs.ts";
import { type MadeSocket, unconnected } from "./support/sockets.ts";
import { makeStorm } from "./support/storm.ts";
import type { Answers } from "./support/watch-everything.ts";
import { startWatchingMonitor, type WatchingMonitor } from "./support/watching-monitor.ts";

needs("ebpf");

const TAIL = realpathSync("/usr/bin/tail");

interface KernelCounts {
  readonly pid: number;
  /** By kind of record: `enum record_kind` of packages/method-ebpf/bpf/shared/records.h. */
  readonly produced: readonly number[];
  readonly lost: readonly number[];
}

type Counts = ReturnType<Answers["counts"]>;

/** Kinds of records of which each is one event, and how these are counted. A datagram socket's end may be many events, or none. */
const KINDS = [
  ["exec", 1],
  ["fork", 2],
  ["exit", 3],
  ["connect", 4],
  ["accept", 5],
  ["listen", 6],
  ["close", 7],
  ["flow", 8],
] as const;
const RELEASE = 9;

/** The kernel's own counts of what its programs have made, held by another process: they are there when the monitor has gone. */
async function holdCounts(pid: number) {
  const { maps } = heldBpf(pid);
  const [table, other] = listBpf().maps.filter(({ id, name }) => name === "counts" && maps.includes(id));
  if (table === undefined || other !== undefined) throw new Error("the monitor has not one table of counts");
  return await spawnFixture<KernelCounts>("list-bpf", ["counts", String(table.id)]);
}

function deliveredOf({ delivered }: Counts, type: string): number {
  // The ends of flows are no records of their own.
  const counts = Object.entries(delivered).filter(([key]) => key.startsWith(type === "close" ? "close tcp" : type));
  return counts.reduce((sum, [, count]) => sum + count, 0);
}

function lostOf({ lost }: Counts, type: string, source?: string): number {
  const these = lost.filter((event) => event.eventType === type && (source === undefined || event.source === source));
  return these.reduce((sum, { count }) => sum + count, 0);
}

/** Waits until what the kernel has lost so far is told, and processes are known again. */
async function healed(watching: WatchingMonitor): Promise<void> {
  const recoveries = async () => (await watching.ask("counts")).methodStats.recoveries ?? 0;
  await expect.poll(recoveries, { timeout: 30_000 }).toBeGreaterThan(0);
  let before = -1;
  await expect
    .poll(
      async () => {
        const { methodStats, lost } = await watching.ask("counts");
        const sum = lost.reduce((all, { count }) => all + count, 0) + (methodStats.recoveries ?? 0);
        const isQuiet = sum === before;
        before = sum;
        return isQuiet;
      },
      { timeout: 30_000, interval: 1000 },
    )
    .toBe(true);
}

test.each([65_536, 1_048_576])(
  "what a monitor that stood still has missed is counted exactly, and what lives is known afterwards: a ring of %i bytes",
  async (ringBytes) => {
    await using watching = await startWatchingMonitor({ options: { ringBytes } });
    await using counts = await holdCounts(watching.pid);
    await using dying = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"]);
    await using receiving = await spawnFixture<MadeSocket>("open-socket", ["udp", "127.0.0.1", "0"]);
    await using connecting = await spawnFixture("connection-storm", ["3000"]);
    await using staying = await spawnFixture("odd-process", ["wait"]);
    await expect.poll(() => watching.ask("living")).toEqual(expect.arrayContaining([dying.pid, staying.pid]));

    const changing = spawn("sh", ["-c", "read line; exec tail -f /dev/null"], { stdio: ["pipe", "ignore", "inherit"] });
    onTestFinished(() => void changing.kill("SIGKILL"));
    await expect.poll(() => watching.ask("living")).toContain(changing.pid);

    watching.kill("SIGSTOP");
    const makeAll = async () => {
      connecting.tell();
      const storm = makeStorm("storm", [3000, 2, "run", fixturePath("short-life")]);
      await Promise.all([connecting.next(), storm, connectStorm(500, receiving.ready.port, ["udp", "fork"])]);
    };
    await makeAll();
    await using born = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"]);
    await using bornIdle = await spawnFixture("odd-process", ["wait", "born"]);
    await dying.stop();
    changing.stdin.write("\n");
    await expect.poll(() => readlinkSync(`/proc/${changing.pid}/exe`)).toBe(TAIL);
    watching.kill("SIGCONT");
    // While the reader catches up, the kernel still drops.
    await makeAll();
    await healed(watching);

    // The living and the dead are as if nothing had been missed.
    const living = await watching.ask("living");
    expect(living).toEqual(expect.arrayContaining([staying.pid, born.pid, bornIdle.pid, connecting.pid]));
    expect(living).not.toContain(dying.pid);
    const path = fixturePath("odd-process");
    expect(await watching.ask("find", bornIdle.pid)).toMatchObject({
      pid: bornIdle.pid,
      path,
      args: [path, "wait", "born"],
    });
    expect(await watching.ask("find", changing.pid as number)).toMatchObject({
      path: TAIL,
      args: ["tail", "-f", "/dev/null"],
    });
    const owner = await watching.ask("owner", unconnected("tcp", "127.0.0.1", born.ready.port));
    expect(owner).toMatchObject({ kind: "process", owners: [{ pid: born.pid, path: fixturePath("open-socket") }] });
    expect(await watching.ask("owner", unconnected("tcp", "127.0.0.1", dying.ready.port))).toMatchObject({
      kind: "none",
    });

    // Nothing is made any more, and all that was made is told.
    await watching.ask("stop");
    counts.tell();
    const kernel = await counts.next();
    const told = await watching.ask("counts");
    for (const [type, kind] of KINDS) {
      const produced = kernel.produced[kind] as number;
      const datagrams = type === "close" ? (kernel.lost[RELEASE] as number) : 0;
      expect(lostOf(told, type, "ring"), `lost ${type}`).toBe((kernel.lost[kind] as number) + datagrams);
      expect(deliveredOf(told, type) + lostOf(told, type) - datagrams, `produced ${type}`).toBe(produced);
    }
    for (const [type, kind] of KINDS.filter(([name]) => name !== "listen")) {
      expect(kernel.lost[kind], `lost ${type}`).toBeGreaterThan(0);
      expect(deliveredOf(told, type), `delivered ${type}`).toBeGreaterThan(0);
    }
    for (const { source, cause } of told.lost) expect(["ring full", "subscriber full"]).toContain(`${source} ${cause}`);
  },
);
