import { expect, test, vi } from "vitest";
import type { ChecksumStatus, Checksums, Hasher, HasherHost } from "../plugin/hasher.ts";
import { createMonitor } from "./create-monitor.ts";
import { fakeMethod } from "./testing/fake-method.ts";

function hasher(name: string, algorithms: string[], hash: Hasher["hash"], more: Partial<Hasher> = {}): Hasher {
  return { kind: "hasher", specVersion: 1, name, algorithms, hash, ...more };
}

const known = (checksums: Record<string, string>, status: ChecksumStatus = "ok") => ({ status, checksums });

test("hashers add their checksums, also to events, and are stopped", async () => {
  const stop = vi.fn(async () => {});
  const hash = vi.fn(async () => known({ "process.hash.md5": "abc" }));
  const peek = vi.fn((): Checksums => known({}, "pending"));
  let host: HasherHost | undefined;
  const method = fakeMethod("m");
  const monitor = createMonitor({ methods: [method] });
  await monitor.start();
  expect((await monitor.findProcess(process.pid))?.checksums).toBeUndefined();
  const attach = (given: HasherHost): void => {
    host = given;
  };
  expect(monitor.use(hasher("md5", ["process.hash.md5"], hash, { stop, peek, attach }))).toBe(monitor);
  const found = await monitor.findProcess(process.pid);
  expect(found).toMatchObject({ checksums: { "process.hash.md5": "abc" }, checksumStatus: "ok" });
  expect(monitor.processes.getByPid(process.pid)?.checksums).toBeUndefined();
  expect(monitor.plugins).toHaveLength(1);
  if (found === undefined) throw new Error("not found");

  expect(host?.wants("exec")).toBe(false);
  method.host?.emit({ type: "exec", process: found });
  expect(peek).not.toHaveBeenCalled();
  const events = monitor.events({ types: ["checksum", "exit"] });
  expect(host?.wants("exec")).toBe(true);
  method.host?.emit({ type: "exec", time: 5n, process: found });
  expect(peek).toHaveBeenLastCalledWith(expect.objectContaining({ pid: process.pid }), 5n);
  peek.mockReturnValue(known({ "process.hash.md5": "def" }));
  const { checksums: _, checksumStatus: __, ...bare } = found;
  host?.emit({ type: "checksum", process: bare });
  method.host?.emit({ type: "exit", process: bare });
  const both = [(await events.next()).value, (await events.next()).value];
  expect(both).toMatchObject([
    { type: "checksum", method: "md5", process: { checksums: { "process.hash.md5": "def" }, checksumStatus: "ok" } },
    { type: "exit", method: "m", process: { checksums: { "process.hash.md5": "def" }, checksumStatus: "ok" } },
  ]);
  expect(peek).toHaveBeenLastCalledWith(bare, undefined);
  await monitor.stop();
  expect(stop).toHaveBeenCalledTimes(1);
  expect(() => monitor.use(hasher("late", ["x"], hash))).toThrow(expect.objectContaining({ code: "STOPPED" }));
});

test("what two hashers know is put together, and pending is said before all", async () => {
  await using monitor = createMonitor();
  monitor.use(hasher("a", ["a"], async () => known({ a: "1" }, "denied")));
  monitor.use(hasher("b", ["b"], async () => known({}, "pending")));
  monitor.use(hasher("c", ["c"], async () => known({ c: "3" })));
  monitor.use(hasher("none", ["d"], async () => undefined));
  const found = await monitor.findProcess(process.pid);
  expect(found).toMatchObject({ checksums: { a: "1", c: "3" }, checksumStatus: "pending" });
});

test("a hasher that fails takes nothing away", async () => {
  const warn = vi.fn();
  await using monitor = createMonitor({ log: { debug() {}, info() {}, warn, error() {} } });
  monitor.use(hasher("good", ["a"], async () => known({ a: "1" })));
  monitor.use(
    hasher("bad", ["b"], () => {
      throw new Error("no disk");
    }),
  );
  const found = await monitor.findProcess(process.pid);
  expect(found).toMatchObject({ pid: process.pid, checksums: { a: "1" }, checksumStatus: "failed" });
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("no disk"), { pid: process.pid });
});

test.each([
  ["no object", null],
  ["kind must", { specVersion: 1, name: "x" }],
  ["specVersion must", { kind: "hasher", specVersion: 2, name: "x", algorithms: ["a"], hash() {} }],
  ["name must", { kind: "hasher", specVersion: 1, name: "", algorithms: ["a"], hash() {} }],
  ["algorithms must", { kind: "hasher", specVersion: 1, name: "x", algorithms: [1], hash() {} }],
  ["hash must", { kind: "hasher", specVersion: 1, name: "x", algorithms: ["a"] }],
  ["peek must", { kind: "hasher", specVersion: 1, name: "x", algorithms: ["a"], hash() {}, peek: 1 }],
  ["stop must", { kind: "hasher", specVersion: 1, name: "x", algorithms: ["a"], hash() {}, stop: 1 }],
  ["serializeEvent must", { kind: "serializer", specVersion: 1, name: "x", serializeProcess() {} }],
  ["both compute a", { kind: "hasher", specVersion: 1, name: "x", algorithms: ["b", "a"], hash() {} }],
  ["in use already", { kind: "hasher", specVersion: 1, name: "present", algorithms: ["b"], hash() {} }],
])("a broken plugin is refused: %s", async (words, plugin) => {
  await using monitor = createMonitor();
  monitor.use(hasher("present", ["a"], async () => known({})));
  const refused = expect.objectContaining({ code: "PLUGIN_INVALID", message: expect.stringContaining(words) });
  expect(() => monitor.use(plugin as never)).toThrow(refused);
  expect(monitor.plugins).toHaveLength(1);
});

test("a serializer goes beside a hasher of the same name", async () => {
  await using monitor = createMonitor();
  const serialize = () => new Uint8Array();
  monitor.use(hasher("x", ["a"], async () => known({})));
  monitor.use({
    kind: "serializer",
    specVersion: 1,
    name: "x",
    serializeProcess: serialize,
    serializeEvent: serialize,
  });
  expect(monitor.plugins).toHaveLength(2);
});
