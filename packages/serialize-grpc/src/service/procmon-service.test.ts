import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, test, vi } from "vitest";
import type { EventType } from "../generated/procmon/v1/event_pb.js";
import { WatchResponseSchema } from "../generated/procmon/v1/service_pb.js";
import { decodeOwnership } from "../procmon-v1/decode-ownership.ts";
import { decodeProcess } from "../procmon-v1/decode-process.ts";
import type { ProcmonService } from "./procmon-service.ts";
import {
  codeLater,
  codeOf,
  EMPTY,
  GARBAGE,
  OWNER_REQUEST,
  startService,
  statsIn,
  watchRequest,
} from "./start-service.test-kit.ts";
import { connectOf, execOf, syntheticProcess } from "./synthetic-method.test-kit.ts";
import { eventsIn, nextOf, partsIn, readEvents } from "./watch-messages.test-kit.ts";

function watch(service: ProcmonService, request = EMPTY, signal = new AbortController().signal) {
  return service.watch(request, signal)[Symbol.asyncIterator]();
}

async function statsOf(service: ProcmonService) {
  return statsIn(await service.stats(EMPTY));
}

describe("watch", () => {
  test("tells of the start, and then of what happens", async () => {
    const { method, service } = await startService();
    const messages = watch(service);
    method.emit(execOf(1));
    expect(fromBinary(WatchResponseSchema, await nextOf(messages))).toMatchObject({
      start: { method: "synthetic" },
      events: [],
    });
    method.emit(connectOf(2, 443, syntheticProcess(2)));
    const { env: _, ...process } = syntheticProcess(2);
    expect(await readEvents(messages, 2)).toMatchObject([
      { type: "exec", process: { pid: 1 } },
      { type: "connect", connection: { dstPort: 443 }, process },
    ]);
  });

  test("each has what it asked for, and the monitor looks for no more", async () => {
    const { method, service } = await startService();
    const [execs, connects] = [
      watch(service, watchRequest({ types: [1] })),
      watch(service, watchRequest({ ports: [80] })),
    ];
    expect(method.wants("fork")).toBe(true);
    for (const messages of [execs, connects]) await nextOf(messages);
    for (const port of [80, 81, 80]) method.emit(connectOf(1, port));
    method.emit(execOf(5));
    expect(await readEvents(execs, 1)).toMatchObject([{ type: "exec" }]);
    expect(await readEvents(connects, 2)).toMatchObject([{ type: "connect" }, { type: "connect" }]);
    await connects.return?.();
    await expect.poll(() => method.wants("fork"), { timeout: 20_000 }).toBe(false);
    expect(method.wants("exec")).toBe(true);
    await execs.return?.();
    expect(method.wants("exec")).toBe(false);
  });

  test("the environment comes to those who ask for it, where the service gives it", async () => {
    const { method, service } = await startService({ env: true });
    const [plain, whole] = [watch(service), watch(service, watchRequest({ env: true }))];
    for (const messages of [plain, whole]) await nextOf(messages);
    method.emit(execOf(1));
    expect((await readEvents(plain, 1))[0]).not.toHaveProperty("process.env");
    expect((await readEvents(whole, 1))[0]).toHaveProperty("process.env", { SECRET: "xyzzy" });
  });

  test("what a stranger's method emits and nobody can read is a loss, also where a filter looks at it", async () => {
    const { method, service } = await startService();
    const watches = [watch(service), watch(service, watchRequest({ names: ["program"] }))];
    for (const messages of watches) await nextOf(messages);
    const { process } = execOf(1);
    method.emit({ type: "exec", process: { ...process, comm: "x", path: 5 as never } });
    method.emit({ type: "exec", process: { ...process, comm: "program" } });
    const [everything, named] = watches;
    expect(await readEvents(everything as AsyncIterator<Buffer>, 2)).toMatchObject([
      { type: "exec" },
      { type: "exec" },
    ]);
    expect(await readEvents(named as AsyncIterator<Buffer>, 2)).toMatchObject([
      { type: "lost", source: "service", cause: "malformed", eventType: "exec", count: 1 },
      { type: "exec", process: { comm: "program" } },
    ]);
  });

  test("those who open and give up at once do not have the monitor begin anew each time", async () => {
    const { monitor, service } = await startService();
    const open = vi.spyOn(monitor, "events");
    const narrow = watch(service, watchRequest({ types: [1] }));
    await nextOf(narrow);
    for (let count = 0; count < 100; count++) {
      const controller = new AbortController();
      const messages = watch(service, EMPTY, controller.signal);
      await nextOf(messages);
      controller.abort();
    }
    expect(open.mock.calls.length).toBeLessThan(20);
  });

  test("losses of the method reach those whom they concern", async () => {
    const { method, service } = await startService();
    const messages = watch(service, watchRequest({ types: [1] }));
    await nextOf(messages);
    method.lost({ source: "ring", cause: "full", eventType: "connect", count: 2 });
    method.lost({ source: "ring", cause: "full", eventType: "exec", count: 3 });
    method.lost({ source: "ring", cause: "full", count: 4 });
    expect(await readEvents(messages, 2)).toMatchObject([
      { type: "lost", eventType: "exec", count: 3 },
      { type: "lost", count: 4 },
    ]);
  });

  test("one who does not read loses the oldest, is told of it, and costs the others nothing", async () => {
    const { method, service } = await startService({ queue: { capacity: 100 } });
    const [slow, quick] = [watch(service), watch(service)];
    for (const messages of [slow, quick]) await nextOf(messages);
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 50; count++) method.emit(execOf(round * 50 + count));
      expect(await readEvents(quick, 50)).toHaveLength(50);
    }
    expect((await statsOf(service)).service).toMatchObject({ watches: 2, eventsSent: 250n, eventsLost: 150n });
    const [first, ...others] = await readEvents(slow, 101);
    expect(first).toMatchObject({ type: "lost", source: "subscriber", cause: "full", eventType: "exec", count: 150 });
    expect(others[0]).toMatchObject({ type: "exec", process: { pid: 150 } });
    await slow.return?.();
    expect((await statsOf(service)).service).toMatchObject({ watches: 1, eventsSent: 350n, eventsLost: 150n });
  });

  test("what waits for all together is bounded, where each asks for something else", async () => {
    const { method, service } = await startService({ maxQueuedBytes: 1_000_000 });
    const pids = Array.from({ length: 10 }, (_, index) => index + 1);
    const watchers = pids.map((pid) => watch(service, watchRequest({ pids: [pid] })));
    const small = watch(service, watchRequest({ pids: [99] }));
    for (const messages of [...watchers, small]) await nextOf(messages);
    for (let count = 0; count < 10; count++) method.emit(execOf(99));
    for (let count = 0; count < 200; count++) for (const pid of pids) method.emit(execOf(pid, 1000));
    await new Promise(setImmediate);
    // Who has little loses nothing.
    expect(await readEvents(small, 10)).toHaveLength(10);
    expect((await statsOf(service)).service?.eventsLost).toBeGreaterThan(1000n);
    let bytes = 0;
    for (const messages of watchers) {
      let events = 0;
      while (events < 200) {
        const message = await nextOf(messages);
        bytes += message.length;
        for (const event of eventsIn(message)) events += event.type === "lost" ? event.count : 1;
      }
      expect(events).toBe(200);
    }
    expect(bytes).toBeLessThan(1_010_000);
    expect(bytes).toBeGreaterThan(200_000);
  });

  test("many who ask for the same take no more than one", async () => {
    const { method, service } = await startService({ maxQueuedBytes: 3_000_000 });
    const watchers = Array.from({ length: 20 }, () => watch(service));
    for (const messages of watchers) await nextOf(messages);
    for (let count = 0; count < 500; count++) method.emit(execOf(1, 1000));
    await new Promise(setImmediate);
    expect((await statsOf(service)).service).toMatchObject({ watches: 20, eventsLost: 0n });
    for (const messages of watchers) expect(await readEvents(messages, 500)).toHaveLength(500);
  });

  test("there are at most so many, and one that leaves makes room", async () => {
    const { service } = await startService({ maxWatches: 2 });
    const [first] = [watch(service), watch(service)];
    expect(codeOf(() => watch(service))).toBe(8);
    await first?.return?.();
    expect(codeOf(() => watch(service))).toBe(0);
  });

  test.each<[string, Buffer, number]>([
    ["garbage", GARBAGE, 3],
    ["an unknown type", watchRequest({ types: [77 as EventType] }), 3],
    ["an environment that is not given", watchRequest({ env: true }), 9],
  ])("%s is refused", async (_what, request, code) => {
    const { service } = await startService();
    expect(codeOf(() => watch(service, request))).toBe(code);
  });

  test("an aborted signal ends it, also before it began", async () => {
    const { method, service } = await startService();
    expect(await watch(service, EMPTY, AbortSignal.abort()).next()).toMatchObject({ done: true });
    const controller = new AbortController();
    const messages = watch(service, EMPTY, controller.signal);
    await nextOf(messages);
    const waiting = messages.next();
    controller.abort();
    expect(await waiting).toMatchObject({ done: true });
    expect(method.wants("exec")).toBe(false);
  });

  test("the monitor's end is its end, after what that has told", async () => {
    const { method, monitor, service } = await startService();
    const messages = watch(service);
    await nextOf(messages);
    method.emit(execOf(1));
    await monitor.stop();
    expect(await readEvents(messages, 2)).toMatchObject([{ type: "exec" }, { type: "method", change: "stop" }]);
    expect(await messages.next()).toMatchObject({ done: true });
    expect(codeOf(() => watch(service))).toBe(14);
  });
});

describe("lookups", () => {
  test("find owners and processes", async () => {
    const { service } = await startService();
    const ownership = partsIn(await service.findOwner(OWNER_REQUEST), 1)[0] ?? EMPTY;
    expect(decodeOwnership(ownership)).toEqual({ kind: "none", reason: "not-found" });
    const request = Buffer.from([0x08, ...varint(process.pid)]);
    const found = decodeProcess(partsIn(await service.findProcess(request), 1)[0] ?? EMPTY);
    expect(found.pid).toBe(process.pid);
    expect(found).not.toHaveProperty("env");
  });

  test.each<[string, (service: ProcmonService) => Promise<unknown>, number]>([
    ["a process that there is not", (service) => service.findProcess(Buffer.from([0x08, ...varint(2 ** 22)])), 5],
    ["no pid", (service) => service.findProcess(EMPTY), 3],
    ["no connection", (service) => service.findOwner(EMPTY), 3],
    ["a connection that cannot exist", (service) => service.findOwner(Buffer.from([0x0a, 2, 0x08, 1])), 3],
    ["a connection of no protocol", (service) => service.findOwner(Buffer.from([0x0a, 0])), 3],
    ["the environment", (service) => service.findProcess(Buffer.from([0x08, 1, 0x10, 1])), 9],
    ["garbage for a process", (service) => service.findProcess(GARBAGE), 3],
    ["garbage for an owner", (service) => service.findOwner(GARBAGE), 3],
    ["garbage for counters", (service) => service.stats(GARBAGE), 3],
  ])("%s is refused", async (_what, ask, code) => {
    const { service } = await startService();
    expect(await codeLater(ask(service))).toBe(code);
  });

  test("there are at most so many at a time, and those that take too long keep their places until they end", async () => {
    const answers: (() => void)[] = [];
    const findOwner = () =>
      new Promise<{ kind: "none"; reason: "unheld" }>((resolve) => {
        answers.push(() => resolve({ kind: "none", reason: "unheld" }));
      });
    const { service } = await startService({ maxLookups: 2, lookupTimeLimitMs: 20 }, { findOwner });
    const running = [service.findOwner(OWNER_REQUEST), service.findOwner(OWNER_REQUEST)].map(codeLater);
    expect(await codeLater(service.findOwner(OWNER_REQUEST))).toBe(8);
    expect(await Promise.all(running)).toEqual([4, 4]);
    expect(await codeLater(service.findOwner(OWNER_REQUEST))).toBe(8);
    for (const answer of answers) answer();
    await new Promise(setImmediate);
    const last = service.findOwner(OWNER_REQUEST);
    await expect.poll(() => answers.length).toBe(3);
    answers[2]?.();
    expect(await codeLater(last)).toBe(0);
  });

  test("an error of the method's is one of the server's, and tells how to go on", async () => {
    const findOwner = () => Promise.reject(new Error("secret"));
    const { service } = await startService({}, { findOwner });
    expect(await codeLater(service.findOwner(OWNER_REQUEST))).toBe(13);
  });

  test("the service's end is theirs", async () => {
    const { service } = await startService({}, { findOwner: () => new Promise(() => {}) });
    const messages = watch(service);
    await nextOf(messages);
    const running = codeLater(service.findOwner(OWNER_REQUEST));
    await service.stop();
    expect(await running).toBe(14);
    expect(await messages.next()).toMatchObject({ done: true });
    expect(await codeLater(service.findOwner(OWNER_REQUEST))).toBe(14);
    expect(codeOf(() => watch(service))).toBe(14);
  });
});

test("stats tell of the monitor and of the service", async () => {
  const { method, service } = await startService({ clients: () => 3 });
  const messages = watch(service);
  await nextOf(messages);
  method.emit(execOf(1));
  await readEvents(messages, 1);
  await service.findOwner(OWNER_REQUEST);
  expect(await statsOf(service)).toMatchObject({
    method: "synthetic",
    events: { produced: { exec: 1n }, lost: {} },
    lookups: { count: 1n, byKind: { none: 1n } },
    methodStats: { emptiness: 0.5 },
    service: { clients: 3, watches: 1, eventsSent: 1n, eventsLost: 0n },
  });
});

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
