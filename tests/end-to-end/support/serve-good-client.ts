import { setTimeout as sleep } from "node:timers/promises";
import { connectProcmon, type WatchStream } from "@procmon/serialize-grpc/client";
import { createSequence, type SequenceReport } from "./serve-sequence.ts";

/** What a client saw that behaves. */
export interface GoodReport {
  readonly events: SequenceReport;
  /** Calls that were answered, on the same connection and on new ones. */
  readonly answered: number;
  /** Milliseconds of the slowest. */
  readonly slowest: number;
  readonly failures: readonly unknown[];
}

/** A client that behaves: it reads all events, and asks again and again, also over new connections. */
export interface GoodClient extends AsyncDisposable {
  readonly events: SequenceReport;
  /** Ends it. */
  report(): Promise<GoodReport>;
}

const PAUSE_MS = 50;

/** Starts one; its stream has begun. */
export async function startGoodClient(address: string): Promise<GoodClient> {
  const client = connectProcmon({ address });
  const stream: WatchStream = client.watch({ types: ["exec"] });
  const sequence = createSequence();
  const failures: unknown[] = [];
  let [answered, slowest] = [0, 0];
  let isOver = false;
  await stream.ready;

  async function read(): Promise<void> {
    for await (const event of stream) sequence.see(event);
    if (!isOver) failures.push("the stream ended");
  }

  async function askOnce(isNew: boolean): Promise<void> {
    const begin = performance.now();
    const asked = isNew ? connectProcmon({ address }) : client;
    try {
      await asked.stats();
      answered++;
    } finally {
      if (isNew) asked.close();
    }
    slowest = Math.max(slowest, performance.now() - begin);
  }

  async function ask(): Promise<void> {
    for (let round = 0; !isOver; round++) {
      await askOnce(round % 2 === 0).catch((error: unknown) => {
        if (!isOver) failures.push(error);
      });
      await sleep(PAUSE_MS);
    }
  }

  const work = [read().catch((error: unknown) => void failures.push(error)), ask()];

  async function report(): Promise<GoodReport> {
    isOver = true;
    client.close();
    await Promise.all(work);
    return { events: sequence.report(), answered, slowest, failures };
  }

  return {
    get events() {
      return sequence.report();
    },
    report,
    [Symbol.asyncDispose]: async () => void (await report()),
  };
}
