import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { rawMethod } from "./grpc-methods.ts";
import { requestDeadline } from "./request-deadline.ts";
import { scratchFolder } from "./start-server.test-kit.ts";

const UNARY = "/test.Test/Unary";
const TALK = "/test.Test/Talk";
const EMPTY_MESSAGE = Buffer.alloc(5);

/** A server whose requests must come within that time. */
async function start(limitMs: number): Promise<ClientHttp2Session> {
  const server = new Server({ interceptors: [requestDeadline(limitMs)] });
  const definition = { unary: rawMethod(UNARY), talk: rawMethod(TALK, { request: true, response: true }) };
  server.addService(definition, {
    unary: (_call: unknown, answer: (error: null, bytes: Buffer) => void) => {
      // Longer than the limit, which is that of the request alone.
      setTimeout(() => answer(null, Buffer.alloc(0)), limitMs * 2);
    },
    talk: (call: NodeJS.ReadWriteStream) => {
      call.on("data", (bytes: Buffer) => call.write(bytes));
      call.on("end", () => call.end());
    },
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const path = join(scratchFolder(), "s");
  const listener = createServer((socket) => injector.injectConnection(socket)).listen(path);
  await once(listener, "listening");
  const session = connectHttp2("http://localhost", { createConnection: () => connect(path) });
  onTestFinished(() => {
    session.destroy();
    listener.close();
    injector.destroy();
    server.forceShutdown();
  });
  return session.on("error", () => {});
}

function open(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
  return stream.on("error", () => {}).resume();
}

/** The status of a call, as a text. */
async function statusOf(stream: ClientHttp2Stream): Promise<unknown> {
  let status: unknown;
  const note = (headers: object): void => {
    status ??= (headers as Record<string, unknown>)["grpc-status"];
  };
  stream.on("response", note).on("trailers", note);
  await once(stream, "end");
  return status;
}

test.each([
  ["nothing", Buffer.alloc(0)],
  ["half a message", EMPTY_MESSAGE.subarray(0, 3)],
  ["a message without an end", EMPTY_MESSAGE],
])("a call of which only %s comes is ended", async (_what, part) => {
  const stream = open(await start(200), UNARY);
  stream.write(part);
  expect(await statusOf(stream)).toBe("4");
});

test("a call whose request is there may take longer", async () => {
  const stream = open(await start(200), UNARY);
  stream.end(EMPTY_MESSAGE);
  expect(await statusOf(stream)).toBe("0");
});

test("a conversation that has begun may go on", async () => {
  const stream = open(await start(200), TALK);
  stream.write(EMPTY_MESSAGE);
  await new Promise((resolve) => setTimeout(resolve, 500));
  stream.end(EMPTY_MESSAGE);
  expect(await statusOf(stream)).toBe("0");
});
