import { describe, expect, test } from "vitest";
import type { MonitorMethod } from "../method/monitor-method.ts";
import type { Traffic } from "../method/traffic.ts";
import { createMonitor } from "./create-monitor.ts";
import { codeOf, fakeMethod } from "./testing/fake-method.ts";

const TUPLE = { protocol: "tcp", srcIp: "127.0.0.1", srcPort: 1, dstIp: "127.0.0.1", dstPort: 2 } as const;
const CONNECTION = { connection: TUPLE, bytesSent: 2n, bytesReceived: 1n };
const PROCESS = { owner: { pid: 1, startTime: 1n }, bytesSent: 5n, bytesReceived: 1n, connections: [CONNECTION] };
const TRAFFIC: Traffic = { time: 1n, processes: [PROCESS] };

const counting = (traffic: NonNullable<MonitorMethod["traffic"]>) => fakeMethod("m", { traffic });

test("is what the running method counted", async () => {
  await using monitor = createMonitor({ methods: [counting(async () => TRAFFIC)] });
  expect(await codeOf(monitor.traffic())).toBe("NOT_STARTED");
  await monitor.start();
  expect(await monitor.traffic()).toEqual(TRAFFIC);
  await monitor.stop();
  expect(await codeOf(monitor.traffic())).toBe("STOPPED");
});

test("a method that does not count is told by name, with one that does", async () => {
  await using monitor = createMonitor({ methods: [fakeMethod("blind")] });
  await monitor.start();
  const error = await monitor.traffic().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "NOT_SUPPORTED", message: expect.stringContaining("blind") });
  expect(error).toMatchObject({ remedy: expect.stringContaining("ebpf") });
});

test("who takes over answers what the stopped one no longer could", async () => {
  let reject: (cause: Error) => void = () => {};
  const first = counting(() => new Promise((_, fail) => (reject = fail)));
  await using monitor = createMonitor({ methods: [first] });
  await monitor.start();
  const traffic = monitor.traffic();
  await monitor.switchMethod(fakeMethod("second", { traffic: async () => TRAFFIC }));
  reject(new Error("stopped"));
  expect(await traffic).toEqual(TRAFFIC);
});

describe("a method that answers nonsense has failed", () => {
  const cause = new Error("kaput");
  const poison = {
    get time(): never {
      throw cause;
    },
  };
  test.each<[string, () => unknown]>([
    ["nothing", () => undefined],
    ["no time", () => ({ processes: [] })],
    ["a time that is no bigint", () => ({ ...TRAFFIC, time: 1 })],
    ["no processes", () => ({ time: 1n })],
    ["no owner", () => ({ ...TRAFFIC, processes: [{ ...PROCESS, owner: { pid: 1 } }] })],
    ["bytes that are no bigint", () => ({ ...TRAFFIC, processes: [{ ...PROCESS, bytesSent: 5 }] })],
    ["bytes below zero", () => ({ ...TRAFFIC, processes: [{ ...PROCESS, bytesReceived: -1n }] })],
    ["more bytes than 64 bits count", () => ({ ...TRAFFIC, processes: [{ ...PROCESS, bytesSent: 2n ** 64n }] })],
    ["no connections", () => ({ ...TRAFFIC, processes: [{ ...PROCESS, connections: undefined }] })],
    ["no tuple", () => ({ ...TRAFFIC, processes: [{ ...PROCESS, connections: [{ ...CONNECTION, connection: {} }] }] })],
    ["an object that throws", () => poison],
    [
      "an error",
      () => {
        throw cause;
      },
    ],
  ])("%s", async (_, answer) => {
    for (const traffic of [async () => answer(), answer]) {
      await using monitor = createMonitor({ methods: [counting(traffic as never)] });
      await monitor.start();
      expect(await codeOf(monitor.traffic())).toBe("METHOD_FAILED");
    }
  });
});
