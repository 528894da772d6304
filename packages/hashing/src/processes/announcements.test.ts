import { setImmediate as turn } from "node:timers/promises";
import type { Process } from "@procmon/core";
import { expect, test, vi } from "vitest";
import { makeHost, unknownProcess } from "../host.test-kit.ts";
import { createAnnouncements } from "./announcements.ts";
import type { ProcessHashes } from "./process-hashes.ts";

/** Hashes that are found when `answer` is called. */
function makeHashes() {
  const waiting: (() => void)[] = [];
  const found = new Set<string>();
  const key = ({ pid, path }: Process): string => `${pid} ${path}`;
  const find = vi.fn((process: Process) => {
    return new Promise<void>((resolve) => {
      waiting.push(() => {
        found.add(key(process));
        resolve();
      });
    });
  });
  const hashes: ProcessHashes = {
    known: (process) => ({ status: found.has(key(process)) ? "ok" : "pending", checksums: {} }),
    digests: () => ({}),
    find,
    key,
    forget() {},
    running: 0,
  };
  return { hashes, find, answer: () => waiting.shift()?.() };
}

test("what is asked for twice is told once", async () => {
  const { hashes, answer } = makeHashes();
  const host = makeHost();
  const announcements = createAnnouncements(host, hashes);
  const told = announcements.announce(unknownProcess());
  expect(announcements.announce(unknownProcess())).toBe(told);
  answer();
  await told;
  expect(host.emitted.map(({ type }) => type)).toEqual(["checksum"]);
});

test("a host that throws is told of in the log, and no promise is left rejected", async () => {
  const { hashes, answer } = makeHashes();
  const host = makeHost(undefined, () => {
    throw new Error("provoked");
  });
  const told = createAnnouncements(host, hashes).announce(unknownProcess());
  answer();
  await expect(told).resolves.toBeUndefined();
  expect(host.warnings).toEqual(["A checksum could not be told."]);
});

test("once the monitor stops nothing is told", async () => {
  const { hashes, answer } = makeHashes();
  const host = makeHost();
  const told = createAnnouncements(host, hashes).announce(unknownProcess());
  host.abort();
  answer();
  await told;
  expect(host.emitted).toEqual([]);
});

test("there is a limit to how many wait", async () => {
  const { hashes, find, answer } = makeHashes();
  const announcements = createAnnouncements(makeHost(), hashes, 2);
  const [first] = [1, 2].map((pid) => announcements.announce(unknownProcess({ pid })));
  expect(announcements.announce(unknownProcess({ pid: 3 }))).toBeUndefined();
  answer();
  await first;
  expect(announcements.announce(unknownProcess({ pid: 3 }))).toBeDefined();
  expect(find.mock.calls.map(([{ pid }]) => pid)).toEqual([1, 2, 3]);
});

test("of all that live, few at a time are looked for", async () => {
  const { hashes, find, answer } = makeHashes();
  const host = makeHost();
  for (let pid = 1; pid <= 7; pid++) host.processes.add(unknownProcess({ pid }));
  host.processes.end(unknownProcess({ pid: 7 }));
  const all = createAnnouncements(host, hashes).announceAll();
  expect(find).toHaveBeenCalledTimes(4);
  for (let count = 0; count < 6; count++) {
    answer();
    await turn();
  }
  await all;
  expect(host.emitted.map(({ process }) => process.pid)).toEqual([1, 2, 3, 4, 5, 6]);
});
