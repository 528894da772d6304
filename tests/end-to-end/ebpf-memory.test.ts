import { spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { between, unconnected } from "./support/sockets.ts";
import { startWatchingMonitor, type WatchingMonitor } from "./support/watching-monitor.ts";

needs("ebpf", "namespaces");

const MIB = 1024 * 1024;
/** A leak of 100 bytes for each event would be as much. */
const SLACK = 40 * MIB;
/** For 20,000 connections. */
const CONNECTIONS = 60 * MIB;

/** With the usual size of its nursery V8 takes up to 100 MiB more or less, as it likes. */
const startMeasured = () => startWatchingMonitor({}, [], ["--max-semi-space-size=4"]);

async function countEvents(watching: WatchingMonitor): Promise<number> {
  const { delivered, lost } = await watching.ask("counts");
  expect(lost).toEqual([]);
  return Object.values(delivered).reduce((sum, count) => sum + count, 0);
}

test("the memory of a monitor does not grow with the events that it has told", async () => {
  await using watching = await startMeasured();
  // Each connection is four events.
  await using connecting = await spawnFixture("connection-storm", ["50000"], { enter: ["net"], timeoutMs: 50_000 });
  const make = async (events: number) => {
    while ((await countEvents(watching)) < events) {
      connecting.tell();
      await connecting.next();
    }
  };
  await make(200_000);
  const before = await watching.ask("memory");
  await make(600_000);
  const after = await watching.ask("memory");
  expect(after - before).toBeLessThan(SLACK);
});

interface Load {
  readonly pid: number;
  readonly connections: readonly { readonly pid: number; readonly srcPort: number; readonly dstPort: number }[];
}

test("20,000 living connections take little memory, all of them are known, and none is afterwards", async () => {
  await using watching = await startMeasured();
  const before = await watching.ask("memory");
  const load = await spawnFixture<Load>("load", ["40", "40040"], { timeoutMs: 50_000 });
  try {
    const connects = async () => (await watching.ask("counts")).delivered["connect tcp"] ?? 0;
    await expect.poll(connects, { timeout: 20_000 }).toBeGreaterThanOrEqual(20_000);
    const during = await watching.ask("memory");
    expect(during - before).toBeLessThan(CONNECTIONS);
    for (const { pid, srcPort, dstPort } of load.ready.connections) {
      const owned = { kind: "process", confidence: "exact", owners: [{ pid }] };
      const ends = [
        ["127.0.0.1", srcPort],
        ["127.0.0.1", dstPort],
      ] as const;
      expect(await watching.ask("owner", between("tcp", ends[0], ends[1]))).toMatchObject(owned);
      expect(await watching.ask("owner", between("tcp", ends[1], ends[0]))).toMatchObject(owned);
      expect(await watching.ask("owner", unconnected("tcp", "127.0.0.1", dstPort))).toMatchObject(owned);
    }
    await load.stop();
    const closes = async () => (await watching.ask("counts")).delivered["close tcp"] ?? 0;
    await expect.poll(closes, { timeout: 20_000 }).toBeGreaterThanOrEqual(40_000);
    for (const { srcPort, dstPort } of load.ready.connections) {
      const owner = await watching.ask("owner", between("tcp", ["127.0.0.1", srcPort], ["127.0.0.1", dstPort]));
      expect(owner.kind).toBe("none");
    }
    const after = await watching.ask("memory");
    expect(after - before).toBeLessThan(CONNECTIONS);
    expect((await watching.ask("counts")).lost).toEqual([]);
  } finally {
    await load.stop();
  }
});
