// Workers that load, read rings and run iterators are ended at any moment: while they load, in the middle of records, with nothing closed.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openBpfObject } from "../../src/index.ts";
import { objectBytes, openRenames, rename } from "./bpf-records.ts";
import { waitUntil } from "./wait.ts";

const ROUNDS = 4;
const WORKERS = 3;

if (isMainThread) {
  const before = readdirSync("/proc/self/fd").length;
  for (let round = 0; round < ROUNDS; round++) {
    const workers = Array.from({ length: WORKERS }, (_, index) => startWorker(index));
    await Promise.all(workers.map(({ ready }) => ready));
    const storm = setInterval(() => rename(20), 1);
    await new Promise((resolve) => setTimeout(resolve, 10 * round));
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    clearInterval(storm);
  }
  for (let index = 0; index < WORKERS; index++) await startWorker(index).worker.terminate();
  await waitUntil("all descriptors are given back", () => readdirSync("/proc/self/fd").length <= before + 2);
  console.log("ok");
} else {
  const object = openRenames({ records_each: 10 });
  object.map("pairs").update(new Uint8Array(8), new Uint8Array(4));
  object.readRing("ring", { onBatch: () => rename(1), onError: assert.fail, intervalMs: workerData % 2 });
  const lister = openBpfObject(objectBytes("iterators"));
  lister.setConstant("repeats", 200);
  lister.load();
  for (let reading = 0; reading < 4; reading++) void lister.readIterator("list_tasks");
  parentPort?.postMessage("ready");
  if (workerData === 1) setTimeout(() => process.exit(0), 3);
  if (workerData === 2) setTimeout(() => object.close(), 3);
}

function startWorker(index: number): { worker: Worker; ready: Promise<unknown> } {
  const worker = new Worker(new URL(import.meta.url), { workerData: index });
  const ready = new Promise((resolve) => {
    worker.once("message", resolve);
    worker.once("exit", resolve);
  });
  return { worker, ready };
}
