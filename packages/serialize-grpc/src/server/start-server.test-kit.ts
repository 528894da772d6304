import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientReadableStream,
  credentials,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Monitor } from "@procmon/core";
import { onTestFinished } from "vitest";
import { startSynthetic } from "../service/start-service.test-kit.ts";
import type { SyntheticAnswers, SyntheticMethod } from "../service/synthetic-method.test-kit.ts";
import { parseListenAddress } from "./listen-address.ts";
import { type RunningServer, serve } from "./serve.ts";
import type { ServeOptions } from "./serve-options.ts";

/** A folder until the test ends. Its name is short, since paths of sockets are. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pm-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A server until the test ends. */
export interface TestServer {
  readonly server: RunningServer;
  readonly monitor: Monitor;
  readonly method: SyntheticMethod;
  /** The first one. */
  readonly address: string;
}

/** Starts one with a synthetic method, on a unix socket unless told. */
export async function startServer(options: ServeOptions = {}, answers?: SyntheticAnswers): Promise<TestServer> {
  const { method, monitor } = await startSynthetic(answers);
  const server = await serve(monitor, { listen: [`unix://${scratchFolder()}/s`], ...options });
  onTestFinished(() => server.stop());
  return { server, monitor, method, address: server.addresses[0] ?? "" };
}

/** A client of any server, in bytes. */
export interface TestClient {
  /** Rejects with the status. */
  ask(path: string, request?: Buffer, deadlineMs?: number): Promise<Buffer>;
  /** A call that is answered by a stream. */
  open(path: string, request?: Buffer): TestStream;
  close(): void;
}

/** What comes. */
export interface TestStream extends AsyncIterator<Buffer> {
  readonly call: ClientReadableStream<Buffer>;
}

/** Connects one with a connection of its own. */
export function connectClient(
  address: string,
  channel: ChannelCredentials = credentials.createInsecure(),
  options: ChannelOptions = {},
): TestClient {
  const parsed = parseListenAddress(address);
  const target = parsed.kind === "unix" ? `unix:${parsed.path}` : `${parsed.host}:${parsed.port}`;
  const client = new Client(target, channel, { "grpc.use_local_subchannel_pool": 1, ...options });
  onTestFinished(() => client.close());
  return {
    ask(path, request = Buffer.alloc(0), deadlineMs = 30_000) {
      return new Promise((resolve, reject) => {
        const deadline = Date.now() + deadlineMs;
        client.makeUnaryRequest(path, asIs, asIs, request, { deadline }, (error, response) => {
          if (error === null && response !== undefined) resolve(response);
          else reject(error);
        });
      });
    },
    open(path, request = Buffer.alloc(0)) {
      const call = client.makeServerStreamRequest(path, asIs, asIs, request);
      // What ends a call is told by `next`, and by nothing where nobody asks.
      call.on("error", () => {});
      return Object.assign(call[Symbol.asyncIterator]() as AsyncIterator<Buffer>, { call });
    },
    close: () => client.close(),
  };
}

/** The number of the status with which a call ends, and 0 where it does not fail. */
export async function statusCodeOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    return (error as ServiceError).code;
  }
}

/** The calls of procmon.v1.Procmon. */
export const WATCH = "/procmon.v1.Procmon/Watch";
export const FIND_OWNER = "/procmon.v1.Procmon/FindOwner";
export const FIND_PROCESS = "/procmon.v1.Procmon/FindProcess";
export const SNAPSHOT = "/procmon.v1.Procmon/Snapshot";
export const STATS = "/procmon.v1.Procmon/Stats";

function asIs(bytes: Buffer): Buffer {
  return bytes;
}
