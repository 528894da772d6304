import { type IncomingHttpHeaders, request } from "node:http";
import { connect, type Socket } from "node:net";
import { createMonitor, type Monitor } from "@procmon/core";
import { createProcmonService, type ProcmonService, type ProcmonServiceOptions } from "../service/procmon-service.ts";
import { type SyntheticAnswers, type SyntheticMethod, syntheticMethod } from "../service/synthetic-method.test-kit.ts";
import { type RunningWeb, type ServeWebOptions, serveWeb } from "./serve-web.ts";

/** A web listener in front of a real service and a monitor with a method that emits what a test wants. */
export interface WebKit extends AsyncDisposable {
  readonly method: SyntheticMethod;
  readonly monitor: Monitor;
  readonly service: ProcmonService;
  readonly web: RunningWeb;
  readonly port: number;
  /** Calls of Watch that are open. */
  watches(): number;
}

/** Starts one. */
export async function startWebKit(
  options: Partial<ServeWebOptions> = {},
  { answers, ...serviceOptions }: ProcmonServiceOptions & { answers?: SyntheticAnswers } = {},
): Promise<WebKit> {
  const method = syntheticMethod(answers);
  const monitor = createMonitor({ methods: [method], captureEnv: true });
  await monitor.start();
  const service = createProcmonService(monitor, serviceOptions);
  let open = 0;
  const counting: ProcmonService = {
    ...service,
    async *watch(wish, signal) {
      open++;
      try {
        yield* service.watch(wish, signal);
      } finally {
        open--;
      }
    },
  };
  const limits = { allowOrigins: [], maxMessageBytes: 64 * 1024, maxClients: 256 };
  const web = await serveWeb(counting, { host: "127.0.0.1", port: 0, ...limits, ...options });
  return {
    method,
    monitor,
    service,
    web,
    port: Number(new URL(web.address).port),
    watches: () => open,
    async [Symbol.asyncDispose]() {
      await web.stop();
      await service.stop();
      await monitor.stop();
    },
  };
}

/** An answer of HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request with any headers, also those that `fetch` sets itself. */
export function send(
  { port }: { port: number },
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        resolve({ status, headers: response.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The path of a call. */
export function pathOf(call: string): string {
  return `/procmon.v1.Procmon/${call}`;
}

/** A message in an envelope (https://connectrpc.com/docs/protocol#streaming-request). */
export function envelope(message: string | Buffer, length: number = Buffer.byteLength(message)): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, Buffer.from(message)]);
}

/** A watch by a client who reads nothing yet. */
export async function rawWatch({ port }: { port: number }): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  const body = envelope("{}");
  socket.write(
    `POST ${pathOf("Watch")} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/connect+json\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  return socket;
}

/** Waits until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1000) throw new Error(`This never held: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
