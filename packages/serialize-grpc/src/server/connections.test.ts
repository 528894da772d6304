import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
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

test("close waits for those that leave by themselves, and cuts off the others", async () => {
  const { connections, accepted, open } = await start({ limit: 9 });
  const leaving = await open();
  await expect.poll(() => accepted.length, PATIENT).toBe(1);
  leaving.end();
  await connections.close(20_000);
  expect(connections.open).toBe(0);
  const staying = await open();
  await expect.poll(() => accepted.length, PATIENT).toBe(2);
  await connections.close(10);
  await once(staying, "close");
});
