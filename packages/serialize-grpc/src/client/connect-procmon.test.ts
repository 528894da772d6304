import { once } from "node:events";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import type { ConnectionTuple, Ownership, SocketEntry } from "@procmon/core";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import {
  FindOwnerRequestSchema,
  FindProcessRequestSchema,
  SnapshotStartSchema,
  StatsResponseSchema,
} from "../generated/procmon/v1/service_pb.js";
import { decodeConnection } from "../procmon-v1/decode-connection.ts";
import { encodeOwnership } from "../procmon-v1/encode-ownership.ts";
import { encodeProcess } from "../procmon-v1/encode-process.ts";
import { encodeSocket } from "../procmon-v1/encode-socket.ts";
import { connectProcmon } from "./connect-procmon.ts";
import type { ProcmonClient } from "./procmon-client.ts";
import { field, type StubHandlers, startStub } from "./stub-server.test-kit.ts";

const CONNECTION: ConnectionTuple = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 };
const OWNERSHIP: Ownership = {
  kind: "process",
  confidence: "exact",
  via: "stub",
  owners: [{ pid: 7, startTime: 8n, comm: "\udc80" }],
};
const PROCESS = { pid: 7, ppid: 1, startTime: 8n, comm: "seven", env: { SECRET: "yes" } };

async function connectTo(handlers: StubHandlers, timeoutMs?: number): Promise<ProcmonClient> {
  const stub = await startStub(handlers);
  const client = connectProcmon({ address: stub.address, ...(timeoutMs !== undefined && { timeoutMs }) });
  onTestFinished(async () => {
    client.close();
    await stub[Symbol.asyncDispose]();
  });
  return client;
}

const refusal = (code: number, details: string) => ({ code, details });

it("finds the owner of a connection", async () => {
  let asked: ConnectionTuple | undefined;
  const client = await connectTo({
    FindOwner(call, callback) {
      expect(fromBinary(FindOwnerRequestSchema, call.request).connection).toBeDefined();
      asked = decodeConnection(call.request.subarray(2));
      callback(null, field(1, encodeOwnership(OWNERSHIP)));
    },
  });
  expect(await client.findOwner(CONNECTION)).toEqual(OWNERSHIP);
  expect(asked).toEqual(CONNECTION);
  await client.findOwner({ ...CONNECTION, netns: 4026531840 });
  expect(asked).toEqual({ ...CONNECTION, netns: 4026531840 });
});

it("refuses a connection that cannot exist, with the service's reason or its own", async () => {
  const client = await connectTo({
    FindOwner: (_call, callback) => callback(refusal(status.INVALID_ARGUMENT, "No such namespace.")),
  });
  await expect(client.findOwner({ ...CONNECTION, srcIp: "?" })).rejects.toMatchObject({ code: "INVALID_CONNECTION" });
  await expect(client.findOwner(CONNECTION)).rejects.toMatchObject({
    code: "INVALID_CONNECTION",
    message: "No such namespace.",
  });
});

it("finds a process, with its environment only where that is asked for and given", async () => {
  const client = await connectTo({
    FindProcess(call, callback) {
      const { pid, env } = fromBinary(FindProcessRequestSchema, call.request);
      if (pid === 404) callback(refusal(status.NOT_FOUND, "There is none."));
      else if (pid === 403) callback(refusal(status.FAILED_PRECONDITION, "Not here."));
      else callback(null, field(1, encodeProcess({ ...PROCESS, pid }, { env })));
    },
  });
  const { env, ...withoutEnv } = PROCESS;
  expect(await client.findProcess(7)).toEqual(withoutEnv);
  expect(await client.findProcess(7, { env: true })).toEqual({ ...withoutEnv, env });
  expect(await client.findProcess(404)).toBeUndefined();
  await expect(client.findProcess(403)).rejects.toMatchObject({ code: "NOT_SUPPORTED", message: "Not here." });
  for (const pid of [0, -1, 1.5, Number.NaN, 4_194_305, "7" as never]) {
    await expect(client.findProcess(pid)).rejects.toMatchObject({ code: "INVALID_PID" });
  }
});

it("puts a snapshot together, without sockets of a kind that it does not know", async () => {
  const socket = (inode: number): SocketEntry => ({
    family: "unix",
    type: "stream",
    state: "listen",
    inode,
    ownership: { kind: "none", reason: "unheld" },
  });
  const visibility = { pidsReadable: 3, pidsTotal: 4, hiddenBy: ["hidepid=2"] };
  const client = await connectTo({
    Snapshot(call) {
      call.write(field(1, toBinary(SnapshotStartSchema, create(SnapshotStartSchema, { method: "stub", visibility }))));
      call.write(Buffer.concat([field(2, encodeSocket(socket(1))), field(2, Buffer.of()), field(9, Buffer.of())]));
      call.write(field(2, encodeSocket(socket(2))));
      call.end();
    },
  });
  expect(await client.snapshot()).toEqual({ method: "stub", visibility, sockets: [socket(1), socket(2)] });
});

it("takes half a snapshot for none", async () => {
  const reasons = [status.DEADLINE_EXCEEDED, status.INTERNAL, status.OK];
  const client = await connectTo({
    Snapshot(call) {
      call.write(field(2, Buffer.of()));
      const code = reasons.shift();
      if (code === status.OK) call.end();
      else call.emit("error", refusal(code ?? 0, "It broke."));
    },
  });
  await expect(client.snapshot()).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    message: expect.stringContaining("in time"),
  });
  await expect(client.snapshot()).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    message: expect.stringContaining("It broke"),
  });
  await expect(client.snapshot()).rejects.toMatchObject({ code: "INVALID_MESSAGE" });
});

it("gives the counters as the message", async () => {
  const sent = create(StatsResponseSchema, { method: "stub", service: { watches: 3, eventsSent: 2n ** 60n } });
  const client = await connectTo({
    Stats: (_call, callback) => callback(null, Buffer.from(toBinary(StatsResponseSchema, sent))),
  });
  expect(await client.stats()).toEqual(sent);
});

it("gives up in time, and on the reader's signal with its reason", async () => {
  const client = await connectTo({ Stats: () => {}, FindOwner: () => {}, Snapshot: () => {} }, 100);
  const late = { code: "SERVICE_UNAVAILABLE", message: expect.stringContaining("did not answer in time") };
  await expect(client.stats()).rejects.toMatchObject(late);
  await expect(client.snapshot()).rejects.toMatchObject(late);

  const controller = new AbortController();
  const options = { signal: controller.signal, timeoutMs: 50_000 };
  const calls = [client.stats(options), client.snapshot(options), client.findOwner(CONNECTION, options)];
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), 50);
  const results = await Promise.allSettled(calls);
  const late2 = await Promise.allSettled([
    client.stats(options),
    client.snapshot(options),
    client.findProcess(1, options),
  ]);
  expect([...results, ...late2].map((result) => result.status === "rejected" && result.reason)).toEqual(
    Array(6).fill(reason),
  );
});

it.each([0, -1, 1.5, Number.NaN, 2 ** 31, "5" as never])("refuses %s as a time limit", (timeoutMs) => {
  const options = { address: "unix:///nowhere", timeoutMs };
  expect(() => connectProcmon(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

it("refuses options that are none", async () => {
  const refused = expect.objectContaining({ code: "INVALID_OPTION", remedy: expect.any(String) });
  const address = "unix:///nowhere";
  for (const wrong of [null, 5, { address: 5 }, { address, tls: null }, { address, tls: { serverName: 5 } }]) {
    expect(() => connectProcmon(wrong as never), JSON.stringify(wrong)).toThrow(refused);
  }
  using client = connectProcmon({ address });
  for (const wrong of [null, "x", { signal: "now" }] as never[]) {
    expect(() => client.watch(wrong)).toThrow(refused);
    for (const call of [client.stats(wrong), client.snapshot(wrong), client.findProcess(1, wrong)]) {
      await expect(call).rejects.toEqual(refused);
    }
    await expect(client.findOwner(CONNECTION, wrong)).rejects.toEqual(refused);
  }
});

it("gives the service's reason without what would steer a terminal", async () => {
  const details = "No\u001b[2J such\u202e process.\r\n";
  const client = await connectTo({
    Stats: (_call, callback) => callback(refusal(status.FAILED_PRECONDITION, details)),
    FindProcess: (_call, callback) => callback(refusal(status.UNAVAILABLE, details)),
  });
  for (const call of [client.stats(), client.findProcess(1)]) {
    await expect(call).rejects.toThrow(/No\ufffd\[2J such\ufffd process\./);
    await expect(call).rejects.not.toThrow(/\p{C}/u);
  }
});

it("ends all calls when it is closed, and takes no more", async () => {
  let cancelled: Promise<unknown> | undefined;
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const client = await connectTo({
    Stats() {},
    Snapshot(call) {
      cancelled = once(call, "cancelled");
      open();
    },
  });
  const running = [client.stats(), client.snapshot()];
  await opened;
  client.close();
  client.close();
  const closed = { code: "SERVICE_UNAVAILABLE", message: "This client has been closed." };
  for (const call of [...running, client.stats(), client.snapshot()]) await expect(call).rejects.toMatchObject(closed);
  expect(() => client.watch()).toThrow(expect.objectContaining(closed));
  await cancelled;
});

it("throws INVALID_MESSAGE for an answer that is garbage, and nothing else", async () => {
  let answer: Buffer = Buffer.of();
  const client = await connectTo({
    Stats: (_call, callback) => callback(null, answer),
    FindOwner: (_call, callback) => callback(null, answer),
    FindProcess: (_call, callback) => callback(null, answer),
    Snapshot(call) {
      call.write(answer);
      call.end();
    },
    Watch(call) {
      call.write(answer);
      call.end();
    },
  });
  const code = (error: unknown) => (error as { code?: string }).code ?? String(error);
  const calls = () => [
    client.stats(),
    client.findOwner(CONNECTION),
    client.findProcess(1),
    client.snapshot(),
    client.watch().next(),
  ];
  const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
  const nested = fc.oneof(
    bytes,
    bytes.map((inner) => field(1, inner)),
    bytes.map((inner) => field(2, field(3, inner))),
  );
  await fc.assert(
    fc.asyncProperty(nested, async (garbage) => {
      answer = garbage;
      for (const result of await Promise.allSettled(calls())) {
        if (result.status === "rejected") expect(code(result.reason)).toBe("INVALID_MESSAGE");
      }
    }),
    { numRuns: 200 },
  );
  answer = Buffer.of(0x0a, 0xff);
  const results = await Promise.allSettled(calls());
  expect(results.map((result) => result.status === "rejected" && code(result.reason))).toEqual(
    Array(5).fill("INVALID_MESSAGE"),
  );
});
