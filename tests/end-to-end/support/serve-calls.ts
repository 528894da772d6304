import { type ClientHttp2Session, connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { FIND_OWNER, message, SNAPSHOT, STATS, WATCH } from "./serve-frames.ts";

/** Longer than any answer takes. */
const PATIENCE_MS = 20_000;

/** All calls that a server answers. */
export const PATHS: readonly string[] = [
  WATCH,
  FIND_OWNER,
  SNAPSHOT,
  STATS,
  "/procmon.v1.Procmon/FindProcess",
  "/grpc.health.v1.Health/Check",
  "/grpc.health.v1.Health/Watch",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/** How a call ended. */
export interface CallEnd {
  /** Whether it was over in time. */
  readonly isOver: boolean;
  /** Of gRPC. */
  readonly status?: number;
  /** Of HTTP. */
  readonly http?: number;
}

/** A session of HTTP/2 whose errors are of no interest. */
export function openSession(path: string): ClientHttp2Session {
  return connectHttp2("http://localhost", { createConnection: () => connect(path) }).on("error", () => {});
}

/** Sends a call as it is given, and waits how it ends; a call that is answered by a stream is cancelled when it has begun. */
export async function sendCall(
  session: ClientHttp2Session,
  path: string,
  body: Uint8Array = message(Buffer.alloc(0)),
  headers: OutgoingHttpHeaders = {},
): Promise<CallEnd> {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  let status: number | undefined;
  let http: number | undefined;
  const note = (received: OutgoingHttpHeaders): void => {
    if (received[":status"] !== undefined) http = Number(received[":status"]);
    if (received["grpc-status"] !== undefined) status = Number(received["grpc-status"]);
  };
  stream.on("response", note).on("trailers", note);
  stream.on("error", () => {});
  stream.on("data", () => void (path.endsWith("Watch") && stream.close(8)));
  const closed = new Promise<boolean>((resolve) => void stream.on("close", () => resolve(true)));
  stream.end(body);
  const isOver = await Promise.race([closed, sleep(PATIENCE_MS, false)]);
  return { isOver, ...(status !== undefined && { status }), ...(http !== undefined && { http }) };
}
