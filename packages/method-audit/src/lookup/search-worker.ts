import { parentPort, workerData } from "node:worker_threads";
import type { SearchReply, SearchRequest, SearchSettings } from "./search-messages.ts";
import { createSearchService } from "./search-service.ts";

// The entry of the worker thread: reading /proc blocks, and must not block the thread that asks.
if (!parentPort) throw new Error("This file is the entry of a worker thread.");
const port = parentPort;
const post = (reply: SearchReply): void => port.postMessage(reply);
const service = await createSearchService(workerData as SearchSettings, post);
port.on("message", (request: SearchRequest) => service.handle(request));
post({ type: "ready" });
