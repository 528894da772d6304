import { parentPort, workerData } from "node:worker_threads";
import { packReply } from "./entry-batch.ts";
import type { ScanReply, ScanRequest, ScanSettings } from "./scan-messages.ts";
import { createScanService } from "./scan-service.ts";

// The entry of the worker thread: reading /proc blocks, and must not block the thread that asks.
if (!parentPort) throw new Error("This file is the entry of a worker thread.");
const port = parentPort;
const post = (reply: ScanReply): void => port.postMessage(packReply(reply));
const service = await createScanService(workerData as ScanSettings, post);
port.on("message", (request: ScanRequest) => service.handle(request));
port.postMessage({ type: "ready" } satisfies ScanReply);
