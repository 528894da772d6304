import { once } from "node:events";
import { setImmediate, setTimeout as wait } from "node:timers/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import type { MonitorEvent } from "@procmon/core";
import { expect, it } from "vitest";
import { WatchRequestSchema } from "../generated/procmon/v1/service_pb.js";
import { connectProcmon } from "./connect-procmon.ts";
import { collect, eventsMessage, execEvent, field, startMessage, startStub } from "./stub-server.test-kit.ts";

type WatchCall = ServerWritableStream<Buffer, Buffer>;

/** A stub whose watches are in the hands of the test. */
async function startWatchStub() {
  const calls: WatchCall[] = [];
  const opened: ((call: WatchCall) => void)[] = [];
  const stub = await startStub({
    Watch(call) {
      call.on("error", () => {});
      const take = opened.shift();
      if (take === undefined) calls.push(call);
      else take(call);
    },
  });
  const nextCall = (): Promise<WatchCall> => {
    const call = calls.shift();
    return call === undefined ? new Promise((resolve) => opened.push(resolve)) : Promise.resolve(call);
  };
  return { stub, nextCall, [Symbol.asyncDispose]: () => stub[Symbol.asyncDispose]() };
}

const pidOf = (event: MonitorEvent | undefined) => (event?.type === "exec" ? event.process.pid : undefined);

it("tells when the service has begun, then gives the events of all messages in order", async () => {
  await using kit = await startWatchStub();
  using client = connectProcmon({ address: kit.stub.address });
  const stream = client.watch();
  const call = await kit.nextCall();
  call.write(startMessage("ebpf"));
  expect(await stream.ready).toBe("ebpf");
  call.write(eventsMessage(execEvent(1), execEvent(2)));
  call.write(eventsMessage());
  call.write(eventsMessage(execEvent(3)));
  call.end();
  const events = await collect(stream);
  expect(events).toEqual([execEvent(1), execEvent(2), execEvent(3)]);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

it("asks for what the filter says", async () => {
  await using kit = await startWatchStub();
  using client = connectProcmon({ address: kit.stub.address });
  const stream = client.watch({
    types: ["exec", "checksum-change"],
    pids: [7],
    names: ["a", "\udcff"],
    uids: [0, 4294967295],
    ports: [0, 65535],
    protocols: ["tcp", "udplite6"],
    env: true,
  });
  const call = await kit.nextCall();
  const request = fromBinary(WatchRequestSchema, call.request);
  expect(request).toMatchObject({
    types: [1, 10],
    pids: [7],
    names: ["a", "\u{10feff}"],
    uids: [0, 4294967295],
    ports: [0, 65535],
    protocols: [1, 6],
    env: true,
  });
  await stream.return();
});

it.each([
  { types: [] },
  { types: ["boom" as never] },
  { pids: [-1] },
  { pids: [1.5] },
  { uids: [2 ** 32] },
  { ports: [65536] },
  { protocols: ["ipx" as never] },
  { names: [5 as never] },
  { names: "sh" as never },
])("refuses a filter that would mean something else: %j", (filter) => {
  using client = connectProcmon({ address: "unix:///nowhere/procmon.sock" });
  expect(() => client.watch(filter)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

it("passes over events of a kind that it does not know", async () => {
  await using kit = await startWatchStub();
  using client = connectProcmon({ address: kit.stub.address });
  const stream = client.watch();
  const call = await kit.nextCall();
  call.write(startMessage());
  call.write(Buffer.concat([field(2, field(15, Buffer.of())), field(9, Buffer.of(1)), eventsMessage(execEvent(4))]));
  call.end();
  expect(await collect(stream)).toEqual([execEvent(4)]);
});

it.each([
  ["a first message without a start", [eventsMessage(execEvent(1))]],
  ["a message cut short", [startMessage(), eventsMessage(execEvent(1)).subarray(0, -1)]],
  ["an event cut short", [startMessage(), field(2, Buffer.of(0x0a, 0x50))]],
])("throws INVALID_MESSAGE for %s, and ends the call", async (_name, messages) => {
  await using kit = await startWatchStub();
  using client = connectProcmon({ address: kit.stub.address });
  const stream = client.watch();
  const call = await kit.nextCall();
  const cancelled = once(call, "cancelled");
  for (const message of messages) call.write(message);
  await expect(collect(stream)).rejects.toMatchObject({ code: "INVALID_MESSAGE" });
  await cancelled;
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

it("ends at once and quietly when its signal is aborted, also before it began", async () => {
  await using kit = await startWatchStub();
  using client = connectProcmon({ address: kit.stub.address });
  const controller = new AbortController();
  const stream = client.watch({ signal: controller.signal });
  const call = await kit.nextCall();
  const cancelled = once(call, "cancelled");
  call.write(startMessage());
  call.write(eventsMessage(execEvent(1), execEvent(2)));
  expect(pidOf((await stream.next()).value)).toBe(1);
  controller.abort();
  // The second one is there, but nobody wants it any more.
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  await cancelled;

  const late = client.watch({ signal: controller.signal });
  expect(await late.ready).toBeUndefined();
  expect(await late.next()).toEqual({ done: true, value: undefined });
});

it("lets a reader go that waits", async () => {
  await using kit = await startWatchStub();
  using client = connectProcmon({ address: kit.stub.address });
  const controller = new AbortController();
  const aborted = client.watch({ signal: controller.signal });
  const left = client.watch();
  const closed = client.watch();
  for (let i = 0; i < 3; i++) (await kit.nextCall()).write(startMessage());
  await Promise.all([aborted.ready, left.ready, closed.ready]);
  const waiting = [aborted, left, closed].map((stream) => stream.next());
  controller.abort();
  await left.return();
  client.close();
  expect(await Promise.all(waiting)).toEqual(Array(3).fill({ done: true, value: undefined }));
});

it("ends the call when the loop is left", async () => {
  await using kit = await startWatchStub();
  using client = connectProcmon({ address: kit.stub.address });
  const stream = client.watch();
  const call = await kit.nextCall();
  const cancelled = once(call, "cancelled");
  call.write(startMessage());
  call.write(eventsMessage(execEvent(1), execEvent(2)));
  for await (const event of stream) {
    expect(pidOf(event)).toBe(1);
    break;
  }
  await cancelled;
});

it("throws SERVICE_UNAVAILABLE when the service is lost, to one who waits and to one who does not yet", async () => {
  await using kit = await startWatchStub();
  using client = connectProcmon({ address: kit.stub.address });
  const waiting = client.watch();
  const idle = client.watch();
  for (let i = 0; i < 2; i++) (await kit.nextCall()).write(startMessage());
  await Promise.all([waiting.ready, idle.ready]);
  const next = waiting.next();
  kit.stub.kill();
  const lost = {
    code: "SERVICE_UNAVAILABLE",
    message: `The connection to the service at ${kit.stub.address} was lost.`,
  };
  await expect(next).rejects.toMatchObject(lost);
  await setImmediate();
  await expect(idle.next()).rejects.toMatchObject(lost);
});

it("gives the reason of a service that refuses to `ready` and to the loop; who looks at neither is not disturbed", async () => {
  await using stub = await startStub({
    Watch: (call) =>
      call.emit("error", Object.assign(new Error(), { code: status.FAILED_PRECONDITION, details: "No." })),
  });
  using client = connectProcmon({ address: stub.address });
  client.watch();
  const stream = client.watch({ env: true });
  await expect(stream.ready).rejects.toMatchObject({ code: "NOT_SUPPORTED", message: "No." });
  await expect(stream.next()).rejects.toMatchObject({ code: "NOT_SUPPORTED", message: "No." });
});

it("gives up where the service does not begin in time, and not later", async () => {
  await using kit = await startWatchStub();
  using client = connectProcmon({ address: kit.stub.address, timeoutMs: 200 });
  const silent = client.watch();
  const cancelled = once(await kit.nextCall(), "cancelled");
  const late = { code: "SERVICE_UNAVAILABLE", message: expect.stringContaining("in time") };
  await expect(silent.next()).rejects.toMatchObject(late);
  await expect(silent.ready).rejects.toMatchObject(late);
  await cancelled;

  const stream = client.watch({ timeoutMs: 2000 });
  const call = await kit.nextCall();
  call.write(startMessage());
  await stream.ready;
  await wait(2500);
  call.write(eventsMessage(execEvent(1)));
  expect(pidOf((await stream.next()).value)).toBe(1);
});

it("reads no further than a few messages ahead of a reader who sleeps, and misses nothing", async () => {
  const COUNT = 2000;
  let written = 0;
  await using stub = await startStub({
    async Watch(call) {
      call.write(startMessage());
      for (let pid = 1; pid <= COUNT; pid++) {
        const isFlushed = call.write(eventsMessage(execEvent(pid, "x".repeat(32 * 1024))));
        written = pid;
        if (!isFlushed) await once(call, "drain");
      }
      call.end();
    },
  });
  using client = connectProcmon({ address: stub.address });
  const stream = client.watch();
  await stream.ready;
  // Until nothing has moved for a while.
  for (let before = -1; before !== written; ) {
    before = written;
    await wait(300);
  }
  // Of 64 MiB, some have gone: sixteen messages here, and what the windows of HTTP/2 and the sockets hold.
  expect(written).toBeLessThan(200);
  let pid = 0;
  for await (const event of stream) expect(pidOf(event)).toBe(++pid);
  expect(pid).toBe(COUNT);
});
