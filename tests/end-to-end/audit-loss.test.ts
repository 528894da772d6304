import { auditMethod } from "@procmon/method-audit";
import {
  type AuditLock,
  auditctl,
  fixturePath,
  requirement,
  setAuditSettings,
  spawnFixture,
  takeAuditLock,
} from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AuditWatch, watchAudit } from "./support/audit-watch.ts";
import { logEvents } from "./support/event-log.ts";
import { needs } from "./support/needs.ts";
import { type MadeSocket, unconnected } from "./support/sockets.ts";
import { startMonitor } from "./support/start-monitor.ts";
import { makeStorm } from "./support/storm.ts";
import type { Answers } from "./support/watch-everything.ts";
import { startWatchingMonitor, type WatchingMonitor } from "./support/watching-monitor.ts";

needs("audit");

let lock: AuditLock | undefined;

beforeEach(async () => {
  if (requirement("audit") !== undefined) return;
  lock = await takeAuditLock();
  setAuditSettings({ enabled: 1, backlogLimit: 65_536 });
});
afterEach(() => lock?.release());

type Counts = ReturnType<Answers["counts"]>;

/** What the method itself told as lost: `[cause]: how many`. */
function toldAsLost({ lost }: Pick<Counts, "lost">): Readonly<Record<string, number>> {
  const told: Record<string, number> = {};
  for (const { source, cause, count } of lost) {
    if (source === "audit") told[cause] = (told[cause] ?? 0) + count;
  }
  return told;
}

/** All records and events that were made, as somebody knows of them who may have missed some. */
function madeBy({
  records = 0,
  dropped = 0,
  auditEvents = 0,
  pendingEvents = 0,
  missingEvents = 0,
}: Counts["methodStats"]) {
  return { records: records + dropped, events: auditEvents + pendingEvents + missingEvents };
}

/** By how much the counts of one who has room for everything, and began earlier, are higher. */
async function lagOf(watching: WatchingMonitor, witness: AuditWatch) {
  const { methodStats } = await watching.ask("counts");
  const [made, known] = [madeBy(witness.monitor.stats().methodStats), madeBy(methodStats)];
  return { records: made.records - known.records, events: made.events - known.events };
}

/** The same, once all that was made so far has come to both. */
async function settledLag(watching: WatchingMonitor, witness: AuditWatch) {
  let lag = await lagOf(watching, witness);
  let equals = 0;
  const look = async () => {
    const before = JSON.stringify(lag);
    lag = await lagOf(watching, witness);
    equals = JSON.stringify(lag) === before ? equals + 1 : 0;
    return equals;
  };
  await expect.poll(look, { timeout: 30_000 }).toBeGreaterThan(5);
  return lag;
}

describe("records that a monitor has no room for", () => {
  test.each([65_536, 1_048_576])(
    "are counted exactly, and are not told twice: %i bytes",
    async (receiveBufferBytes) => {
      await using witness = await watchAudit({ activities: [] });
      await using watching = await startWatchingMonitor({ audit: { receiveBufferBytes } });
      await using dying = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"]);
      await expect.poll(() => watching.ask("living")).toContain(dying.pid);
      const lag = await settledLag(watching, witness);

      watching.kill("SIGSTOP");
      await makeStorm("storm", [3000, 4, "run", fixturePath("short-life")]);
      await using born = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"]);
      await dying.stop();
      watching.kill("SIGCONT");
      // While the reader catches up, the kernel still drops.
      await makeStorm("storm", [3000, 4, "run", fixturePath("short-life")]);

      const recordsOff = async () => (await lagOf(watching, witness)).records - lag.records;
      await expect.poll(recordsOff, { timeout: 30_000 }).toBe(0);
      // A gap is told once it has been open for some seconds.
      const missing = async () => (await watching.ask("counts")).methodStats.missingEvents ?? 0;
      await expect.poll(missing, { timeout: 30_000 }).toBeGreaterThan(0);
      const eventsOff = (await settledLag(watching, witness)).events - lag.events;
      const counts = await watching.ask("counts");
      const { dropped = 0, missingEvents = 0, auditEvents } = counts.methodStats;
      expect(auditEvents).toBeGreaterThan(missingEvents / 100);
      // Each missing event is made of dropped records: it is not told a second time.
      expect(dropped).toBeGreaterThan(missingEvents);
      // Of an event whose end alone has come, its records are told as lost.
      expect(eventsOff).toBeGreaterThanOrEqual(0);
      expect(eventsOff).toBeLessThan(dropped - missingEvents);
      expect(toldAsLost(counts)).toEqual({ overrun: dropped });
      expect(witness.monitor.stats().methodStats).toMatchObject({ dropped: 0, missingEvents: 0 });
      expect(witness.lost).toEqual([]);

      // The living and the dead are as if nothing had been missed.
      await expect.poll(() => watching.ask("living"), { timeout: 30_000 }).not.toContain(dying.pid);
      const path = fixturePath("open-socket");
      expect(await watching.ask("find", born.pid)).toMatchObject({ pid: born.pid, path });
      const owner = await watching.ask("owner", unconnected("tcp", "127.0.0.1", born.ready.port));
      expect(owner).toMatchObject({ kind: "process", owners: [{ pid: born.pid, path }] });
      const former = await watching.ask("owner", unconnected("tcp", "127.0.0.1", dying.ready.port));
      expect(former).toMatchObject({ kind: "none" });
    },
  );
});

test("a monitor that stood still for a second under load has missed nothing", async () => {
  await using watching = await startWatchingMonitor({ audit: {}, keep: true });
  const storm = makeStorm("storm", [3000, 2, "fork"]);
  watching.kill("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const { pids } = await storm;
  watching.kill("SIGCONT");
  const last = pids.at(-1) as number;
  const typesOf = async (pid: number) => (await watching.ask("events", pid)).map(({ type }) => type);
  await expect.poll(() => typesOf(last), { timeout: 30_000 }).toContain("exit");
  const faults: string[] = [];
  for (const pid of pids) {
    const types = (await typesOf(pid)).join();
    if (types !== "fork,exit") faults.push(`${pid}: ${types}`);
  }
  expect(faults).toEqual([]);
  const { lost, methodStats } = await watching.ask("counts");
  expect(lost).toEqual([]);
  expect(methodStats).toMatchObject({ dropped: 0, missingEvents: 0 });
});

describe("records that the kernel has no room for", () => {
  const lostByKernel = () => Number(/^lost (\d+)$/m.exec(auditctl("-s"))?.[1]);

  /** What the kernel lost, and what was told of it, in storms that last until it has lost something, or for so many turns. */
  async function watchStorms(turns: number, backlogLimit?: number) {
    const monitor = await startMonitor({}, auditMethod(backlogLimit === undefined ? {} : { backlogLimit }));
    const log = logEvents(monitor);
    const before = lostByKernel();
    for (let turn = 0; turn < turns && lostByKernel() === before; turn++) {
      await makeStorm("storm", [3000, 8, "run", fixturePath("short-life")]);
    }
    await monitor.stop();
    // A monitor that is stopped takes no time to tell all that waits for it: that is lost for other reasons.
    const { backlog: told = 0 } = toldAsLost(log);
    return { lost: lostByKernel() - before, told };
  }

  test("are told, and there are none where it has more room", async () => {
    const [, wait = ""] = /^backlog_wait_time (\d+)$/m.exec(auditctl("-s")) ?? [];
    try {
      setAuditSettings({ backlogLimit: 64 });
      // Whoever makes a record waits for room, unless told otherwise.
      auditctl("--backlog_wait_time", "0");
      const { lost, told } = await watchStorms(10);
      expect(lost).toBeGreaterThan(0);
      expect(told).toBe(lost);
      expect(await watchStorms(1, 65_536)).toEqual({ lost: 0, told: 0 });
    } finally {
      auditctl("--backlog_wait_time", wait);
    }
  });
});
