import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Connections, type ConnectionsOptions, createConnections } from "./connections.ts";
import { scratchFolder } from "./start-server.test-kit.ts";

const PATIENT = { timeout: 20_000 } as const;

async function start(
  options: ConnectionsOptions,
): Promise<{ connections: Connections; accepted: Socket[]; open: () => Promise<Socket> }> {
  const path = join(scratchFolder(), "s");
  const connections = createConnections(options);
  const listener = createServer();
  const accepted: Socket[] = [];
  connections.watch(listener, (socket) => void accepted.push(socket.resume()));
  listener.listen(path);
  await once(listener, "listening");
  onTestFinished(async () => {
    await connections.close(0);
    listener.close();
  });
  const open = async (): Promise<Socket> => {
    const socket = connect(path);
    onTestFinished(() => void socket.destroy());
    socket.on("error", () => {});
    await once(socket.resume(), "connect");
    return socket;
  };
  return { connections, accepted, open };
}

test("what is beyond the limit is closed, and told of", async () => {
  let refused = 0;
  const { connections, accepted, open } = await start({ limit: 1, onRefuse: () => refused++ });
  const first = await open();
  const second = await open();
  await once(second, "close");
  expect([connections.open, accepted.length, refused]).toEqual([1, 1, 1]);
  first.destroy();
  await expect.poll(() => connections.open, PATIENT).toBe(0);
  await open();
  await expect.poll(() => connections.open, PATIENT).toBe(1);
});

test("each listener has room of its own, and what is sent away is told of once in a while", async () => {
  const told: number[] = [];
  const { connections, open } = await start({ limit: 2, onRefuse: (count) => told.push(count) });
  const other = createServer();
  connections.watch(other, (socket) => void socket.resume());
  const path = join(scratchFolder(), "other");
  other.listen(path);
  onTestFinished(() => void other.close());
  await once(other, "listening");
  await Promise.all([open(), open()]);
  for (let count = 0; count < 5; count++) await once(await open(), "close");
  expect(told).toEqual([1]);
  const beside = connect(path);
  onTestFinished(() => void beside.destroy());
  await expect.poll(() => connections.open, PATIENT).toBe(3);
});

test("who says nothing is cut off, and who says something is not", async () => {
  const { connections, open } = await start({ limit: 9, greetingMs: 300 });
  const talking = await open();
  talking.write("x");
  const silent = await open();
  await once(silent, "close");
  expect(talking.destroyed).toBe(false);
  await expect.poll(() => connections.open, PATIENT).toBe(1);
});

test("who goes silent is cut off, though much waits for it, and who gives signs of life is not", async () => {
  const { connections, accepted, open } = await start({ limit: 9, silenceMs: 600 });
  const [talking, silent] = [await open(), await open()];
  const signs = setInterval(() => talking.write("x"), 20);
  onTestFinished(() => clearInterval(signs));
  silent.write("x");
  silent.pause();
  await expect.poll(() => accepted.length, PATIENT).toBe(2);
  for (const socket of accepted) socket.write(Buffer.alloc(10_000_000));
  await expect.poll(() => connections.open, PATIENT).toBe(1);
  expect(talking.destroyed).toBe(false);
});

test("nobody is cut off because this program could not run for a while", async () => {
  const { connections, open } = await start({ limit: 9, silenceMs: 3000 });
  const socket = await open();
  socket.write("x");
  // It is looked twice a second: before, and after.
  await sleep(700);
  const now = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => now() + 3_600_000);
  onTestFinished(() => void vi.restoreAllMocks());
  await sleep(700);
  expect([connections.open, socket.destroyed]).toEqual([1, false]);
});

test("who comes after the end is sent away", async () => {
  const { connections, accepted, open } = await start({ limit: 9 });
  await connections.close(20_000);
  const late = await open();
  await once(late, "close");
  expect([connections.open, accepted.length]).toEqual([0, 0]);
  // The same while others are waited for.
  const second = await start({ limit: 9 });
  const first = await second.open();
  await expect.poll(() => second.accepted.length, PATIENT).toBe(1);
  const closing = second.connections.close(20_000);
  await once(await second.open(), "close");
  first.end();
  await closing;
  expect(second.accepted).toHaveLength(1);
});

test("close waits for those that leave by themselves, and cuts off the others", async () => {
  const { connections, accepted, open } = await start({ limit: 9 });
  const leaving = await open();
  await expect.poll(() => accepted.length, PATIENT).toBe(1);
  leaving.end();
  await connections.close(20_000);
  expect(connections.open).toBe(0);
  const second = await start({ limit: 9 });
  const staying = await second.open();
  await expect.poll(() => second.accepted.length, PATIENT).toBe(1);
  await second.connections.close(10);
  await once(staying, "close");
});
