import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { connectProcmon } from "@procmon/serialize-grpc/client";
import { expect, test } from "vitest";
import { scratchFolder } from "./support/scratch-folder.ts";
import { startServeCli } from "./support/serve-cli.ts";
import { startClientProcess } from "./support/serve-client-process.ts";
import { call, callFields, END_HEADERS, FRAME, frame, GREEDY, PREFACE, WATCH } from "./support/serve-frames.ts";
import { startGoodClient } from "./support/serve-good-client.ts";
import { startServeProcess } from "./support/serve-process.ts";
import { openRaw, type RawClient } from "./support/serve-raw-client.ts";
import { visit } from "./support/serve-reconnect.ts";
import { until } from "./support/serve-until.ts";

const MIB = 1024 ** 2;
const LONG = { timeout: 240_000 };

/** How many calls of Watch are open. */
async function watchesAt(address: string): Promise<number> {
  using client = connectProcmon({ address });
  return (await client.stats()).service?.watches ?? Number.NaN;
}

/** Opens as many, each of which says this and reads nothing. */
async function openDeaf(path: string, count: number, said: Buffer): Promise<RawClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => openRaw(path, { reads: false })));
  for (const { socket } of clients) socket.write(said);
  return clients;
}

test("10,000 clients come and go, and leave nothing behind", LONG, async () => {
  await using server = await startServeProcess();
  await using good = await startGoodClient(server.address);
  await server.ask("load 5 300");
  await visit(server.path, 1500, 8);
  await until(
    () => watchesAt(server.address),
    (now) => now === 1,
  );
  const before = { used: await server.memory(), descriptors: server.descriptors(), threads: server.threads() };

  const visitors = Object.values(await visit(server.path, 10_000, 8));
  expect(visitors.map(({ failed }) => failed)).toEqual(visitors.map(() => 0));
  await until(
    () => watchesAt(server.address),
    (now) => now === 1,
  );
  await until(
    () => server.descriptors(),
    (now) => now <= before.descriptors,
  );
  expect(server.threads()).toBeLessThanOrEqual(before.threads);
  // A connection that stays takes tens of kilobytes; what a busy collector leaves behind is less than 600 bytes for each.
  expect((await server.memory()) - before.used).toBeLessThan(6 * MIB);

  const { emitted } = await server.ask("load 0");
  await until(
    () => good.events.last,
    (now) => now === emitted,
  );
  const { events, failures, answered, slowest } = await good.report();
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(10);
  expect(slowest).toBeLessThan(15_000);
  expect(events).toMatchObject({ lost: 0, wrong: 0, received: emitted });
  expect(server.complaints).toBe("");
});

test.concurrent("clients that are killed in the middle leave nothing behind", LONG, async () => {
  await using server = await startServeProcess();
  await using good = await startGoodClient(server.address);
  await server.ask("load 5 300");
  await until(
    () => watchesAt(server.address),
    (now) => now === 1,
  );
  const before = server.descriptors();
  for (let round = 0; round < 3; round++) {
    await using client = await startClientProcess(server.address, 40);
    expect(await watchesAt(server.address)).toBe(41);
    client.kill("SIGKILL");
    await until(
      () => watchesAt(server.address),
      (now) => now === 1,
    );
  }
  await until(
    () => server.descriptors(),
    (now) => now <= before,
  );
  const { events, failures } = await good.report();
  expect(failures).toEqual([]);
  expect(events).toMatchObject({ lost: 0, wrong: 0 });
  expect(server.complaints).toBe("");
});

test.concurrent("a client that was stopped for a while is told what it lost, and goes on", LONG, async () => {
  await using server = await startServeProcess();
  await using client = await startClientProcess(server.address);
  await server.ask("load 40 1000");
  await until(
    async () => (await client.report()).last,
    (now) => now > 0,
  );
  client.kill("SIGSTOP");
  // 60 MB, of which it may be owed no more than 32.
  const { emitted: stoppedAt } = await server.ask("load 40 1000");
  await until(
    async () => (await server.ask("load 40 1000")).emitted - stoppedAt,
    (now) => now > 60_000,
  );
  client.kill("SIGCONT");
  const { emitted: goesOnAt } = await server.ask("load 5 1000");
  await until(
    async () => (await client.report()).last,
    (now) => now > goesOnAt,
  );
  const { emitted } = await server.ask("load 0");
  await until(
    async () => (await client.report()).last,
    (now) => now === emitted,
  );
  const { first, received, lost, wrong } = await client.report();
  expect(wrong).toBe(0);
  expect(lost).toBeGreaterThan(0);
  expect(received + lost).toBe(emitted - first + 1);
});

test.concurrent("clients that are half open are cut off in the end", LONG, async () => {
  await using server = await startServeProcess();
  const before = server.descriptors();
  await using good = await startGoodClient(server.address);
  await using stopped = await startClientProcess(server.address, 5);
  await server.ask("load 20 1000");
  stopped.kill("SIGSTOP");
  const half = Buffer.concat([PREFACE, frame(FRAME.headers, END_HEADERS, 1, callFields(WATCH))]);
  for (const said of [Buffer.alloc(0), PREFACE.subarray(0, 11), PREFACE, half, half.subarray(0, 60)]) {
    for (const client of await openDeaf(server.path, 5, said)) client.socket.resume();
  }
  await openDeaf(server.path, 5, Buffer.concat([PREFACE, call(WATCH, 1)]));
  await openDeaf(server.path, 5, Buffer.concat([GREEDY, call(WATCH, 1)]));
  await until(server.descriptors, (now) => now >= before + 40);
  // Of the good one, and of one that it may just be opening.
  await until(server.descriptors, (now) => now <= before + 2, 150_000);
  const { events, failures } = await good.report();
  expect(failures).toEqual([]);
  expect(events).toMatchObject({ lost: 0, wrong: 0 });
  await until(server.descriptors, (now) => now <= before);
  expect(server.complaints).toBe("");
});

test("clients that stop reading cost a bounded amount, and nobody else an event", LONG, async () => {
  await using server = await startServeProcess();
  await using good = await startGoodClient(server.address);
  await server.ask("load 20 3000");
  await until(
    async () => (await server.ask("load 20 3000")).emitted,
    (now) => now > 5000,
  );
  const before = await server.memory();
  const deaf = [
    ...(await openDeaf(server.path, 25, Buffer.concat([PREFACE, call(WATCH, 1)]))),
    ...(await openDeaf(server.path, 25, Buffer.concat([GREEDY, call(WATCH, 1)]))),
  ];
  await until(
    () => watchesAt(server.address),
    (now) => now === 51,
  );
  // 22 MB for each, twice: the first fill what there is, and of the second nothing more may be kept.
  const used: number[] = [];
  for (let round = 0; round < 2; round++) {
    const { emitted: begun } = await server.ask("load 20 3000");
    await until(
      async () => (await server.ask("load 20 3000")).emitted - begun,
      (more) => more > 7500,
    );
    used.push((await server.memory()) - before);
  }
  const [filled = Number.NaN, kept = Number.NaN] = used;
  expect(deaf.filter(({ isClosed }) => isClosed)).toEqual([]);
  // Of each client what is in flight, and 8 MB of events, of which most are the same for all.
  expect(filled).toBeLessThan(200 * MIB);
  expect(kept - filled).toBeLessThan(50 * MIB);
  const { emitted } = await server.ask("load 0");
  await until(
    () => good.events.last,
    (now) => now === emitted,
  );
  const { events, failures } = await good.report();
  expect(failures).toEqual([]);
  expect(events).toMatchObject({ lost: 0, wrong: 0, received: emitted });
  for (const client of deaf) client[Symbol.dispose]();
  await until(
    () => watchesAt(server.address),
    (now) => now === 0,
  );
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends the service and a hundred clients, and takes away its socket",
  LONG,
  async (signal) => {
    const folder = scratchFolder();
    const path = join(folder, "s");
    await using server = await startServeCli(path);
    await using client = await startClientProcess(`unix://${path}`, 50);
    const raw = await Promise.all(Array.from({ length: 50 }, () => openRaw(path)));
    for (const { socket } of raw) socket.write(Buffer.concat([PREFACE, call(WATCH, 1)]));
    await until(
      () => watchesAt(`unix://${path}`),
      (now) => now === 100,
    );
    const begin = performance.now();
    server.kill(signal);
    expect(await server.exited).toBe(0);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(await client.errors).toEqual([]);
    for (const each of raw) expect(await each.closes(10_000)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test("after SIGKILL clients are told, and the next one takes the place of the stale socket", LONG, async () => {
  const folder = scratchFolder();
  const path = join(folder, "s");
  await using server = await startServeCli(path);
  await using client = await startClientProcess(`unix://${path}`, 20);
  server.kill("SIGKILL");
  expect(await server.exited).toBeNull();
  expect(await client.errors).toEqual(Array.from({ length: 20 }, () => "SERVICE_UNAVAILABLE"));
  expect(existsSync(path)).toBe(true);
  await using next = await startServeCli(path);
  expect(await watchesAt(`unix://${path}`)).toBe(0);
  expect(readdirSync(folder)).toEqual(["s"]);
  expect((lstatSync(path).mode & 0o777).toString(8)).toBe("600");
  next.kill("SIGTERM");
  expect(await next.exited).toBe(0);
});
