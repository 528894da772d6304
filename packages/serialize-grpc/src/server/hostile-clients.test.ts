import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { connect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { execOf } from "../service/synthetic-method.test-kit.ts";
import { parseListenAddress } from "./listen-address.ts";
import {
  connectClient,
  FIND_OWNER,
  STATS,
  startServer,
  statusCodeOf,
  type TestServer,
  WATCH,
} from "./start-server.test-kit.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const PATIENT = { timeout: 20_000 } as const;

function openSocket({ address }: TestServer): Socket {
  const parsed = parseListenAddress(address);
  const socket = connect(parsed.kind === "unix" ? parsed.path : "");
  onTestFinished(() => void socket.destroy());
  return socket.on("error", () => {});
}

function openSession(running: TestServer): ClientHttp2Session {
  const session = connectHttp2("http://localhost", { createConnection: () => openSocket(running) });
  onTestFinished(() => session.destroy());
  return session.on("error", () => {});
}

interface Answer {
  readonly http: unknown;
  readonly grpc: unknown;
}

/** Sends a call as it is given. */
async function send(running: TestServer, headers: OutgoingHttpHeaders, body: Buffer): Promise<Answer> {
  const stream = openSession(running).request({
    ":method": "POST",
    ":path": STATS,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  let [http, grpc]: unknown[] = [];
  const note = (received: OutgoingHttpHeaders): void => {
    http ??= received[":status"];
    grpc ??= received["grpc-status"];
  };
  stream.on("response", note).on("trailers", note);
  stream.on("error", () => {});
  stream.resume().end(body);
  await once(stream, "close");
  return { http, grpc };
}

function framed(message: Buffer, compressed = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

async function serves({ address }: TestServer): Promise<boolean> {
  return (await statusCodeOf(connectClient(address).ask(STATS))) === 0;
}

test("a call as it should be is answered", async () => {
  const running = await startServer();
  expect(await send(running, {}, framed(Buffer.alloc(0)))).toEqual({ http: 200, grpc: "0" });
});

test.each<[string, OutgoingHttpHeaders, Buffer, Partial<Answer>]>([
  ["another content type", { "content-type": "text/plain" }, framed(Buffer.alloc(0)), { http: 415 }],
  ["a path of odd bytes", { ":path": "/é%zz%/\u00ff" }, framed(Buffer.alloc(0)), { grpc: "12" }],
  ["a path of an object's", { ":path": "/__proto__" }, framed(Buffer.alloc(0)), { grpc: "12" }],
  ["a message that claims to be 4 GiB", {}, framed(Buffer.alloc(9), 0, 0xffff_ffff), { grpc: "8" }],
  ["a message that grows", { "grpc-encoding": "gzip" }, framed(gzipSync(Buffer.alloc(10_000_000)), 1), { grpc: "8" }],
  ["what is not compressed", { "grpc-encoding": "gzip" }, framed(Buffer.from("garbage"), 1), { grpc: "13" }],
  ["an unknown compression", { "grpc-encoding": "x" }, framed(Buffer.alloc(3), 1), { grpc: "12" }],
  ["a deadline that is none", { "grpc-timeout": "soon" }, framed(Buffer.alloc(0)), { grpc: "13" }],
])("%s is refused, and the server goes on", async (_what, headers, body, answer) => {
  const running = await startServer();
  expect(await send(running, headers, body)).toMatchObject(answer);
  expect(await serves(running)).toBe(true);
});

test.each([
  ["HTTP/1.1", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["garbage", "\0\0\0\0".repeat(1000)],
  ["the preface and garbage", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"\xff".repeat(1000)}`],
])("%s ends the connection, and the server goes on", async (_what, text) => {
  const running = await startServer();
  const socket = openSocket(running).resume();
  socket.write(text, "latin1");
  await once(socket, "close");
  expect(await serves(running)).toBe(true);
});

test("streams beyond the limit are refused, and the server goes on", async () => {
  const running = await startServer({}, { findOwner: () => new Promise(() => {}) });
  const session = openSession(running);
  await once(session, "remoteSettings");
  expect(session.remoteSettings.maxConcurrentStreams).toBe(32);
  for (let count = 0; count < 300; count++) {
    const stream = session.request({ ":method": "POST", ":path": FIND_OWNER, "content-type": "application/grpc" });
    stream.on("error", () => {}).resume();
    stream.write(Buffer.from([0]));
  }
  expect(await serves(running)).toBe(true);
});

test("one that opens and cancels calls without end holds nothing", async () => {
  const running = await startServer();
  const session = openSession(running);
  for (let round = 0; round < 20 && !session.destroyed; round++) {
    for (let count = 0; count < 50; count++) {
      const stream = session.request({ ":method": "POST", ":path": WATCH, "content-type": "application/grpc" });
      stream.on("error", () => {}).resume();
      stream.end(framed(Buffer.alloc(0)));
      setImmediate(() => stream.close(8));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await expect.poll(() => running.method.wants("exec"), PATIENT).toBe(false);
  expect(await serves(running)).toBe(true);
});

test("one that takes nothing at all holds a bounded amount", async () => {
  const running = await startServer();
  const session = openSession(running);
  const stream = session.request({ ":method": "POST", ":path": WATCH, "content-type": "application/grpc" });
  stream.on("error", () => {});
  stream.end(framed(Buffer.alloc(0)));
  await expect.poll(() => running.method.wants("exec"), PATIENT).toBe(true);
  stream.pause();
  const load = async (count: number): Promise<void> => {
    for (let pid = 0; pid < count; pid += 200) {
      for (let next = pid; next < pid + 200; next++) running.method.emit(execOf(next % 500, 3000));
      await new Promise(setImmediate);
    }
  };
  const memory = (): number => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  // What waits is full after this: of 90 MB more nothing may be kept.
  await load(14_000);
  const before = memory();
  await load(30_000);
  // The collector gives back memory a little later.
  await expect.poll(() => memory() - before, PATIENT).toBeLessThan(8 * 1024 * 1024);
});
