import { describe, expect, test } from "vitest";
import type { Process } from "./process.ts";
import { createProcessStore, type ProcessStore } from "./process-store.ts";

function process(pid: number, facts: Partial<Process> = {}): Process {
  return { pid, startTime: BigInt(pid), ppid: 1, comm: `p${pid}`, path: `/bin/p${pid}`, ...facts };
}

describe("memory", () => {
  const huge = Array.from({ length: 20 }, () => "a".repeat(5_000));

  function newTightStore(capacity = 100): ProcessStore {
    return createProcessStore({ capacity, graceMs: 1e6, maxBytes: 1_000_000 });
  }

  test("is bounded: the oldest long arguments are cut, and say so", () => {
    const store = newTightStore();
    for (let pid = 1; pid <= 50; pid++) store.add(process(pid, { args: huge, env: { A: "b" } }), BigInt(pid));
    const { size, bytes, clipped, evictions } = store.stats();
    expect(size).toBe(50);
    expect(evictions).toBe(0);
    expect(clipped).toBeGreaterThan(40);
    expect(bytes).toBeLessThanOrEqual(1_000_000);
    expect(store.getByPid(1)).toMatchObject({ argsTotal: 20, argsTruncated: true, path: "/bin/p1" });
    expect(store.getByPid(1)?.env).toBeUndefined();
    expect(store.getByPid(50)).toMatchObject({ args: huge, env: { A: "b" } });
    expect(store.getByPid(50)?.argsTruncated).toBeUndefined();
  });

  test("counts what a process ran before, and what is added later", () => {
    const store = newTightStore();
    store.add(process(1), 1n);
    for (let time = 2; time < 60; time++) store.replace(process(1, { path: `/${time}`, args: huge }), BigInt(time));
    expect(store.stats().bytes).toBeLessThanOrEqual(1_000_000);
    for (let pid = 2; pid < 60; pid++) {
      store.add(process(pid), 100n);
      store.update(process(pid), { env: { A: "a".repeat(50_000) } }, 101n);
    }
    expect(store.stats().bytes).toBeLessThanOrEqual(1_000_000);
    expect(store.size).toBe(59);
  });

  test("lets processes go where nothing can be cut, those that have ended first", () => {
    const store = newTightStore(10_000);
    for (let pid = 1; pid <= 5_000; pid++) store.add(process(pid), BigInt(pid));
    expect(store.stats().bytes).toBeLessThanOrEqual(1_000_000);
    expect(store.hasPid(5_000)).toBe(true);
    expect(store.hasPid(1)).toBe(false);
    expect(store.stats().evictions).toBe(5_000 - store.size);
  });

  test("is given back", () => {
    const store = newTightStore();
    store.add(process(1, { args: huge }), 1n);
    store.add(process(2, { args: huge }), 2n);
    expect(store.stats().bytes).toBeGreaterThan(100_000);
    store.delete(process(1));
    store.end(process(2), 3n);
    store.sweep(10n ** 18n);
    expect(store.stats().bytes).toBe(0);
    store.add(process(3), 4n);
    store.clear();
    expect(store.stats().bytes).toBe(0);
  });
});
