import assert from "node:assert/strict";
import { createMonitor, type Monitor, type MonitorMethod, type ProcessTraffic } from "@procmon/core";
import { spawnChild } from "../children/spawn-child.ts";
import type { TestCase } from "../test-case.ts";
import { waitFor } from "../wait-for.ts";

/** No power of two, and more than one segment of TCP. */
const BYTES = 1_234_567;

/** How many bytes each process has moved, of methods that count. */
export function trafficCases(createMethod: () => MonitorMethod): TestCase[] {
  const counts = createMethod().traffic !== undefined;
  const one = (name: string, run: (method: MonitorMethod) => Promise<void>): TestCase => ({
    name,
    run: () => run(createMethod()),
    ...(counts ? {} : { skipped: "does not count bytes" }),
  });
  return [
    one("the bytes of a connection are counted at both ends", bothEnds),
    one("bytes stay counted when their socket is closed", closedSocket),
  ];
}

/** The traffic of a process, as soon as it has moved so many bytes either way. */
async function trafficOf(monitor: Monitor, pid: number, bytes: number): Promise<ProcessTraffic> {
  return await waitFor(`${bytes} bytes of process ${pid}`, async () => {
    const { processes } = await monitor.traffic();
    const mine = processes.filter(({ owner }) => owner.pid === pid);
    assert.ok(mine.length <= 1, `process ${pid} is there ${mine.length} times`);
    const moved = mine[0];
    return moved && moved.bytesSent + moved.bytesReceived >= BigInt(bytes) ? moved : undefined;
  });
}

async function bothEnds(method: MonitorMethod): Promise<void> {
  await using server = await spawnChild();
  await using client = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await server.listen("127.0.0.1");
  const { port: srcPort } = await client.connect("127.0.0.1", port);
  await client.send(BYTES);
  const ends = [
    { pid: client.pid, sent: BYTES, received: 0, srcPort, dstPort: port },
    { pid: server.pid, sent: 0, received: BYTES, srcPort: port, dstPort: srcPort },
  ];
  for (const { pid, sent, received, ...ports } of ends) {
    const counts = { bytesSent: BigInt(sent), bytesReceived: BigInt(received) };
    const found = await trafficOf(monitor, pid, BYTES);
    const { bytesSent, bytesReceived } = found;
    assert.deepEqual({ bytesSent, bytesReceived }, counts, `process ${pid}`);
    assert.equal(found.owner.startTime, (await monitor.findProcess(pid))?.startTime, "another start time");
    const connection = found.connections.find((each) => each.connection.srcPort === ports.srcPort);
    assert.deepEqual(connection?.connection.dstPort, ports.dstPort, "the connection is not there");
    assert.deepEqual([connection?.bytesSent, connection?.bytesReceived], Object.values(counts), "one connection");
  }
}

async function closedSocket(method: MonitorMethod): Promise<void> {
  await using server = await spawnChild();
  await using client = await spawnChild();
  await using monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  const { port } = await server.listen("127.0.0.1");
  for (let round = 1; round <= 2; round++) {
    const { port: srcPort } = await client.connect("127.0.0.1", port);
    await client.send(BYTES);
    await trafficOf(monitor, client.pid, BYTES * round);
    await client.close();
    await waitFor("the connection ends", async () => {
      const { connections } = await trafficOf(monitor, client.pid, BYTES * round);
      return connections.some(({ connection }) => connection.srcPort === srcPort) ? undefined : true;
    });
    const { bytesSent, bytesReceived } = await trafficOf(monitor, client.pid, BYTES * round);
    assert.deepEqual([bytesSent, bytesReceived], [BigInt(BYTES * round), 0n], `${round} connections`);
  }
}
