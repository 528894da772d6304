import { ebpfMethod } from "@procmon/method-ebpf";
import { spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { findLifeFaults } from "./support/check-connect-storm.ts";
import { connectStorm } from "./support/connect-storm.ts";
import { logEvents } from "./support/event-log.ts";
import { needs } from "./support/needs.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("ebpf", "namespaces");

const EXECS = 20_000;
const CONNECTIONS = 50_000;
/** Room for all of it: other tests may keep the processors from this one for seconds. What the default holds is for the benchmarks to tell. */
const RING_BYTES = 128 * 1024 * 1024;

test("20,000 processes that connect, and 50,000 connections beside them: nothing is lost, nothing comes twice or out of order", async () => {
  await using server = await spawnFixture<{ pid: number; port: number }>("prefork-server", ["2"], { enter: ["net"] });
  await using connecting = await spawnFixture<{ pid: number }>("connection-storm", [String(CONNECTIONS)], {
    enter: ["net"],
    timeoutMs: 50_000,
  });
  const monitor = await startMonitor({}, ebpfMethod({ ringBytes: RING_BYTES }));
  try {
    const log = logEvents(monitor);
    connecting.tell();
    const [storm] = await Promise.all([
      connectStorm(EXECS, server.ready.port, ["jobs=8"], [`join-net=${server.pid}`]),
      connecting.next(),
    ]);
    await log.caughtUp();

    expect(log.lost).toEqual([]);
    const { events, methodStats } = monitor.stats();
    expect(events.lost).toEqual({});
    expect(methodStats).toMatchObject({ lostRecords: 0, brokenRecords: 0 });
    const types = ["fork", "exec", "connect", "exit", "close"] as const;
    expect(storm.lives).toHaveLength(EXECS);
    expect(findLifeFaults(log, storm, { types, protocol: "tcp", execs: true })).toEqual([]);

    const open = new Set<string>();
    const faults: string[] = [];
    let closes = 0;
    for (const event of log.of(connecting.pid)) {
      if (!("connection" in event)) continue;
      const { type, connection } = event;
      const key = `${connection.srcIp}:${connection.srcPort} ${connection.dstIp}:${connection.dstPort}`;
      if (type === "close" ? !open.delete(key) : open.has(key)) faults.push(`${type} ${key}`);
      else if (type !== "close") open.add(key);
      else closes++;
    }
    expect(faults).toEqual([]);
    expect(open.size).toBe(0);
    expect(closes).toBe(2 * CONNECTIONS);
  } finally {
    await monitor.stop();
  }
});
