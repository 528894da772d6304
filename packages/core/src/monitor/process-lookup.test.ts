import { expect, test, vi } from "vitest";
import type { Hasher } from "../plugin/hasher.ts";
import { createMonitor } from "./create-monitor.ts";
import { fakeMethod } from "./testing/fake-method.ts";

function hasher(name: string, algorithms: string[], hash: Hasher["hash"], more: Partial<Hasher> = {}): Hasher {
  return { kind: "hasher", specVersion: 1, name, algorithms, hash, ...more };
}

test("hashers add their checksums, compute them once, and are stopped", async () => {
  const stop = vi.fn(async () => {});
  const hash = vi.fn(async () => ({ "process.hash.md5": "abc" }));
  const monitor = createMonitor({ methods: [fakeMethod("m")] });
  expect((await monitor.findProcess(process.pid))?.checksums).toBeUndefined();
  expect(monitor.use(hasher("md5", ["process.hash.md5"], hash, { stop }))).toBe(monitor);
  const [first, second] = await Promise.all([monitor.findProcess(process.pid), monitor.findProcess(process.pid)]);
  expect(first?.checksums).toEqual({ "process.hash.md5": "abc" });
  expect(second).toBe(first);
  expect((await monitor.findProcess(process.pid))?.checksums).toEqual({ "process.hash.md5": "abc" });
  expect(hash).toHaveBeenCalledTimes(1);
  expect(monitor.plugins).toHaveLength(1);
  await monitor.stop();
  expect(stop).toHaveBeenCalledTimes(1);
  expect(() => monitor.use(hasher("late", ["x"], hash))).toThrow(expect.objectContaining({ code: "STOPPED" }));
});

test("a hasher that fails takes nothing away", async () => {
  const warn = vi.fn();
  await using monitor = createMonitor({ log: { debug() {}, info() {}, warn, error() {} } });
  monitor.use(hasher("good", ["a"], async () => ({ a: "1" })));
  monitor.use(
    hasher("bad", ["b"], () => {
      throw new Error("no disk");
    }),
  );
  expect(await monitor.findProcess(process.pid)).toMatchObject({ pid: process.pid, checksums: { a: "1" } });
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("no disk"), { pid: process.pid });
});

test("checksums of an image that ran before an exec do not go into the store", async () => {
  await using monitor = createMonitor();
  monitor.use(
    hasher("slow", ["a"], async (asked) => {
      monitor.processes.replace({ ...asked, path: "/another" });
      return { a: "of the former" };
    }),
  );
  const found = await monitor.findProcess(process.pid);
  expect(found).toMatchObject({ path: process.execPath, checksums: { a: "of the former" } });
  expect(monitor.processes.getByPid(process.pid)).toMatchObject({ path: "/another" });
  expect(monitor.processes.getByPid(process.pid)?.checksums).toBeUndefined();
});

test.each([
  ["no object", null],
  ["kind must", { specVersion: 1, name: "x" }],
  ["specVersion must", { kind: "hasher", specVersion: 2, name: "x", algorithms: ["a"], hash() {} }],
  ["name must", { kind: "hasher", specVersion: 1, name: "", algorithms: ["a"], hash() {} }],
  ["algorithms must", { kind: "hasher", specVersion: 1, name: "x", algorithms: [], hash() {} }],
  ["hash must", { kind: "hasher", specVersion: 1, name: "x", algorithms: ["a"] }],
  ["stop must", { kind: "hasher", specVersion: 1, name: "x", algorithms: ["a"], hash() {}, stop: 1 }],
  ["serializeEvent must", { kind: "serializer", specVersion: 1, name: "x", serializeProcess() {} }],
  ["both compute a", { kind: "hasher", specVersion: 1, name: "x", algorithms: ["b", "a"], hash() {} }],
  ["in use already", { kind: "hasher", specVersion: 1, name: "present", algorithms: ["b"], hash() {} }],
])("a broken plugin is refused: %s", async (words, plugin) => {
  await using monitor = createMonitor();
  monitor.use(hasher("present", ["a"], async () => ({})));
  const refused = expect.objectContaining({ code: "PLUGIN_INVALID", message: expect.stringContaining(words) });
  expect(() => monitor.use(plugin as never)).toThrow(refused);
  expect(monitor.plugins).toHaveLength(1);
});

test("a serializer goes beside a hasher of the same name", async () => {
  await using monitor = createMonitor();
  const serialize = () => new Uint8Array();
  monitor.use(hasher("x", ["a"], async () => ({})));
  monitor.use({
    kind: "serializer",
    specVersion: 1,
    name: "x",
    serializeProcess: serialize,
    serializeEvent: serialize,
  });
  expect(monitor.plugins).toHaveLength(2);
});
