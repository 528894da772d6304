import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Digests } from "../algorithms/algorithm.ts";
import { makeHost, type TestHost, unknownProcess } from "../host.test-kit.ts";
import type { ProcessHashes } from "../processes/process-hashes.ts";
import { type ChangeTeller, createChangeTeller } from "./change-teller.ts";

const process = unknownProcess();

/** Each run has the checksums that are in `runs` by its time. */
function make(runs: Record<string, { executable?: Digests; script?: Digests }>, given: TestHost = makeHost()) {
  const hashes = { digests: (_, time) => runs[String(time)] ?? {} } as Pick<ProcessHashes, "digests"> as ProcessHashes;
  return { host: given, changes: createChangeTeller(given, hashes, 10) };
}

async function noteAll(changes: ChangeTeller, times: readonly bigint[]): Promise<void> {
  for (const time of times) changes.note(process, time);
  await turn();
}

test("is told after whoever noted it has gone on, and so after its exec", async () => {
  const { host, changes } = make({ 1: { executable: { md5: "a" } }, 2: { executable: { md5: "b", fsverity: "" } } });
  changes.note(process, 1n);
  changes.note(process, 2n);
  expect(host.emitted).toEqual([]);
  await turn();
  const previous = { "process.hash.md5": "a" };
  expect(host.emitted).toEqual([{ type: "checksum-change", process, path: "/x", previous, status: undefined }]);
});

test("what is known late is told in its turn: a file that was put back is told of, and what ran meanwhile as well", async () => {
  const { host, changes } = make({
    1: { executable: { md5: "a" } },
    2: { executable: { md5: "b" } },
    3: { executable: { md5: "a" } },
  });
  let answer = (): void => {};
  const ready = new Promise<void>((resolve) => {
    answer = resolve;
  });
  changes.note(process, 1n);
  changes.note(process, 2n, ready);
  changes.note(process, 3n);
  await turn();
  expect(host.emitted).toEqual([]);
  answer();
  await turn();
  const told = host.emitted.map((event) => event.type === "checksum-change" && event.previous);
  expect(told).toEqual([{ "process.hash.md5": "a" }, { "process.hash.md5": "b" }]);
});

test("a script is compared with the script that had its path", async () => {
  const script = { path: "/s", interpreter: "/x" };
  const executable = { md5: "a" };
  const { host, changes } = make({
    1: { executable, script: { md5: "b" } },
    2: { executable, script: { md5: "c" } },
  });
  for (const time of [1n, 2n]) changes.note(unknownProcess({ script }), time);
  await turn();
  expect(host.emitted).toMatchObject([{ path: "/s", previous: { "process.script.md5": "b" } }]);
});

test("what could not be read is passed over, and an algorithm that is forgotten is not told", async () => {
  const { host, changes } = make({
    1: { executable: { md5: "a", sha1: "1" } },
    2: {},
    3: { executable: { md5: "b", sha1: "2" } },
  });
  await noteAll(changes, [1n, 2n]);
  changes.forget("sha1");
  await noteAll(changes, [3n]);
  expect(host.emitted).toMatchObject([{ previous: { "process.hash.md5": "a" } }]);
  expect(host.emitted[0]).not.toHaveProperty(["previous", "process.hash.sha1"]);
});

test("a host that throws is told of in the log, and a monitor that stops is told nothing", async () => {
  const runs = { 1: { executable: { md5: "a" } }, 2: { executable: { md5: "b" } } };
  const throwing = makeHost(undefined, () => {
    throw new Error("provoked");
  });
  await noteAll(make(runs, throwing).changes, [1n, 2n]);
  expect(throwing.warnings).toHaveLength(1);
  const { host, changes } = make(runs);
  host.abort();
  await noteAll(changes, [1n, 2n]);
  expect(host.emitted).toEqual([]);
});

test("so many wait at most", async () => {
  const { host, changes } = make({ 1: { executable: { md5: "a" } }, 2: { executable: { md5: "b" } } });
  let answer = (): void => {};
  const ready = new Promise<void>((resolve) => {
    answer = resolve;
  });
  for (let count = 0; count < 8192; count++) changes.note(process, 1n, ready);
  changes.note(process, 2n);
  answer();
  await turn();
  expect(host.emitted).toEqual([]);
  await noteAll(changes, [2n]);
  expect(host.emitted).toHaveLength(1);
});
