import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMonitor, type MonitorEvent } from "@procmon/core";
import { expect, it, onTestFinished } from "vitest";
import { type ServeOptions, serve } from "../server/index.ts";
import {
  connectOf,
  execOf,
  listenerAt,
  type SyntheticAnswers,
  syntheticMethod,
} from "../service/synthetic-method.test-kit.ts";
import { connectProcmon } from "./index.ts";
import { collect } from "./stub-server.test-kit.ts";

/** A monitor with a method that emits what a test wants, its server, and a client of that. */
async function start(options: ServeOptions = {}, answers: SyntheticAnswers = {}) {
  const folder = mkdtempSync(join(tmpdir(), "procmon-service-"));
  const method = syntheticMethod(answers);
  const monitor = createMonitor({ methods: [method], captureEnv: true });
  await monitor.start();
  const server = await serve(monitor, { listen: [`unix://${join(folder, "socket")}`], ...options });
  const client = connectProcmon({ address: server.addresses[0] ?? "" });
  onTestFinished(async () => {
    client.close();
    await server.stop();
    await monitor.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { method, monitor, server, client };
}

it("watches as a reader inside would", async () => {
  const { method, monitor, client } = await start({ env: true });
  const stream = client.watch({ types: ["exec", "connect"], env: true });
  expect(await stream.ready).toBe("synthetic");
  const inside = monitor.events({ types: ["exec", "connect"] });
  method.emit({ ...execOf(7), time: 5n });
  method.emit(connectOf(7, 443, execOf(7).process));
  method.lost({ source: "ring", cause: "full", eventType: "exec", count: 3 });
  const next = async (events: AsyncIterator<MonitorEvent>) => (await events.next()).value;
  for (let i = 0; i < 3; i++) expect(await next(stream)).toEqual(await next(inside));
  await inside.return();
});

it("gives only what the filter lets through, and no environment unasked", async () => {
  const { method, client } = await start({ env: true });
  const stream = client.watch({ ports: [443], pids: [7] });
  await stream.ready;
  method.emit(execOf(7));
  method.emit(connectOf(7, 80, execOf(7).process));
  method.emit(connectOf(8, 443, execOf(8).process));
  method.emit(connectOf(7, 443, execOf(7).process));
  const { value } = await stream.next();
  expect(value).toMatchObject({ type: "connect", connection: { dstPort: 443 }, process: { pid: 7 } });
  expect(value.process).not.toHaveProperty("env");
});

it("looks up what the monitor knows", async () => {
  const sockets = Array.from({ length: 2500 }, (_, port) => listenerAt(port));
  const { monitor, client } = await start({}, { sockets });
  const { client: withEnv } = await start({ env: true });
  // How many processes there are changes from one moment to the next.
  const visibility = { pidsReadable: expect.any(Number), pidsTotal: expect.any(Number), hiddenBy: expect.any(Array) };
  expect(await client.snapshot()).toEqual({ ...(await monitor.snapshot()), visibility });
  const connection = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 } as const;
  expect(await client.findOwner(connection)).toEqual({ kind: "none", reason: "not-found" });
  expect(await client.findProcess(process.pid)).toMatchObject({ pid: process.pid, ppid: process.ppid });
  expect(await client.findProcess(4_194_304)).toBeUndefined();
  await expect(client.findProcess(1, { env: true })).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
  expect((await withEnv.findProcess(process.pid, { env: true }))?.env).toBeDefined();
  const stream = client.watch();
  await stream.ready;
  expect(await client.stats()).toMatchObject({ method: "synthetic", service: { clients: 1, watches: 1 } });
  await expect(client.watch({ env: true }).ready).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
});

it("loses nothing uncounted where it sleeps", async () => {
  const COUNT = 20_000;
  const { method, client } = await start();
  const stream = client.watch({ types: ["exec"] });
  await stream.ready;
  for (let pid = 1; pid <= COUNT; pid++) {
    method.emit(execOf(pid, 2000));
    if (pid % 100 === 0) await new Promise(setImmediate);
  }
  let events = 0;
  let lost = 0;
  while (events + lost < COUNT) {
    const { value } = await stream.next();
    if (value.type === "lost") lost += value.count;
    else events++;
  }
  expect(lost).toBeGreaterThan(0);
  expect(events + lost).toBe(COUNT);
});

it("ends when the monitor or the service stops, after what has been seen until then", async () => {
  const first = await start();
  const stream = first.client.watch({ types: ["exec"] });
  await stream.ready;
  first.method.emit(execOf(1));
  await first.monitor.stop();
  const events = await collect(stream);
  expect(events.map(({ type }) => type)).toContain("exec");

  const second = await start();
  const stopped = second.client.watch();
  await stopped.ready;
  const next = stopped.next();
  await second.server.stop();
  expect(await next).toEqual({ done: true, value: undefined });
  await expect(second.client.stats()).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    message: expect.stringContaining("There is no socket"),
  });
});
