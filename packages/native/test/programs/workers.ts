// Workers that read are ended at any moment: while the thread starts, while events flow, with unclosed sockets, by themselves.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openCommSocket, rename } from "./comm-events.ts";
import { waitUntil } from "./wait.ts";

const ROUNDS = 6;
const WORKERS = 4;

if (isMainThread) {
  const before = readdirSync("/proc/self/fd").length;
  for (let round = 0; round < ROUNDS; round++) {
    const workers = Array.from({ length: WORKERS }, (_, index) => startWorker(index));
    await Promise.all(workers.map(({ ready }) => ready));
    const storm = setInterval(() => rename(50), 1);
    await new Promise((resolve) => setTimeout(resolve, 5 * round));
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    clearInterval(storm);
  }
  // Ended before it is ready.
  for (let index = 0; index < WORKERS; index++) await startWorker(index).worker.terminate();
  await waitUntil("all descriptors are given back", () => readdirSync("/proc/self/fd").length <= before + 2);
  console.log("ok");
} else {
  openCommSocket();
  const socket = openCommSocket();
  socket.read({ onBatch: () => rename(1), onError: assert.fail, intervalMs: workerData % 2 });
  parentPort?.postMessage("ready");
  if (workerData === 1) setTimeout(() => process.exit(0), 3);
  if (workerData === 2) setTimeout(() => socket.close(), 3);
}

function startWorker(index: number): { worker: Worker; ready: Promise<unknown> } {
  const worker = new Worker(new URL(import.meta.url), { workerData: index });
  const ready = new Promise((resolve) => {
    worker.once("message", resolve);
    worker.once("exit", resolve);
  });
  return { worker, ready };
}
