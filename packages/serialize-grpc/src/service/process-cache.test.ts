import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { encodeProcess } from "../procmon-v1/encode-process.ts";
import { createProcessCache } from "./process-cache.ts";
import { syntheticProcess } from "./synthetic-method.test-kit.ts";

test.each([true, false])("gives what encoding gives, once for each process (env: %j)", (env) => {
  const cache = createProcessCache(env);
  const process = syntheticProcess(1);
  const first = cache.encode(process);
  expect(first).toEqual(encodeProcess(process, { env }));
  expect(cache.encode(process)).toBe(first);
  // What is known of it may have grown: that is another one.
  const grown = { ...process, comm: "other" };
  expect(cache.encode(grown)).toEqual(encodeProcess(grown, { env }));
});

test("forgets those that have not been told of lately, by number and by size", () => {
  for (const weight of [0, 100_000]) {
    const cache = createProcessCache(false);
    const process = syntheticProcess(1);
    const first = cache.encode(process);
    for (let pid = 2; pid < 2000; pid++) cache.encode(syntheticProcess(pid, weight));
    expect(cache.encode(process)).not.toBe(first);
  }
});

test("keeps no process in memory, of which the environment may be most", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const cache = createProcessCache(false);
  const encode = (pid: number): WeakRef<object> => {
    const process = syntheticProcess(pid);
    cache.encode(process);
    return new WeakRef(process);
  };
  const processes = Array.from({ length: 100 }, (_, pid) => encode(pid));
  const isGone = (): boolean => {
    collectGarbage();
    return processes.every((process) => process.deref() === undefined);
  };
  await expect.poll(isGone, { timeout: 20_000 }).toBe(true);
  expect(cache.encode(syntheticProcess(1))).toEqual(encodeProcess(syntheticProcess(1)));
});
