import { fromBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { SnapshotResponseSchema } from "../generated/procmon/v1/service_pb.js";
import { codeLater, codeOf, EMPTY, GARBAGE, OWNER_REQUEST, startService } from "./start-service.test-kit.ts";
import { listenerAt } from "./synthetic-method.test-kit.ts";
import { nextOf, partsIn } from "./watch-messages.test-kit.ts";

const sockets = Array.from({ length: 2500 }, (_, port) => listenerAt(port));

test("comes in parts, with the start in front", async () => {
  const { service } = await startService({}, { sockets });
  const sizes: number[] = [];
  let method = "";
  for await (const message of service.snapshot(EMPTY, new AbortController().signal)) {
    const part = fromBinary(SnapshotResponseSchema, message);
    method ||= part.start?.method ?? "";
    sizes.push(part.sockets.length);
  }
  expect([method, sizes]).toEqual(["synthetic", [0, 1000, 1000, 500]]);
});

test("a part is of bounded size", async () => {
  const path = `/${"x".repeat(100_000)}`;
  const long = Array.from({ length: 5 }, (_, inode) => {
    return {
      family: "unix",
      type: "stream",
      state: "listen",
      inode,
      path,
      ownership: { kind: "none", reason: "unheld" },
    } as const;
  });
  const { service } = await startService({}, { sockets: long });
  const sizes: number[] = [];
  for await (const message of service.snapshot(EMPTY, new AbortController().signal))
    sizes.push(partsIn(message, 2).length);
  expect(sizes).toEqual([0, 2, 2, 1]);
});

test("one that takes too long gives up its place, also where nobody reads on", async () => {
  const { service } = await startService({ maxLookups: 1, lookupTimeLimitMs: 50 }, { sockets });
  const messages = service.snapshot(EMPTY, new AbortController().signal)[Symbol.asyncIterator]();
  await nextOf(messages);
  expect(codeOf(() => service.snapshot(EMPTY, new AbortController().signal))).toBe(8);
  await expect.poll(() => codeLater(service.findOwner(OWNER_REQUEST)), { timeout: 10_000 }).toBe(0);
  expect(await codeLater(messages.next())).toBe(4);
});

test("ends with its signal, with its loop, and with the service", async () => {
  let asked = 0;
  const pause = () => {
    asked++;
    return new Promise<void>((resolve) => setTimeout(resolve, 5));
  };
  const { service } = await startService({ maxLookups: 1 }, { sockets, pause });
  const controller = new AbortController();
  const messages = service.snapshot(EMPTY, controller.signal)[Symbol.asyncIterator]();
  const waiting = messages.next();
  await expect.poll(() => asked).toBeGreaterThan(0);
  controller.abort();
  expect(await waiting).toMatchObject({ done: true });
  await expect.poll(() => codeLater(service.findOwner(OWNER_REQUEST)), { timeout: 10_000 }).toBe(0);
  const left = service.snapshot(EMPTY, new AbortController().signal)[Symbol.asyncIterator]();
  await left.return?.();
  const last = service.snapshot(EMPTY, new AbortController().signal)[Symbol.asyncIterator]().next();
  await service.stop();
  expect(await codeLater(last)).toBe(14);
});

test("garbage is refused", async () => {
  const { service } = await startService();
  expect(codeOf(() => service.snapshot(GARBAGE, new AbortController().signal))).toBe(3);
});
