import { createProcessStore, type Process } from "@procmon/core";
import { expect, test } from "vitest";
import { createImageKeys, mayBeRenewed } from "./image-key.ts";

const CERTAIN: Process = {
  pid: 7,
  startTime: 1n,
  ppid: 1,
  comm: "x",
  path: "/x",
  executable: { device: 1, inode: 2n, size: 3n, mtime: 4n, ctime: 5n },
};
const SCRIPT: Process = { ...CERTAIN, script: { path: "/s", interpreter: "/x" } };

const forNobody = () => createImageKeys(() => []);

test("another process, executable or script has another key", () => {
  const keys = forNobody();
  const others: Process[] = [
    CERTAIN,
    { ...CERTAIN, pid: 8 },
    { ...CERTAIN, startTime: 2n },
    { ...CERTAIN, path: "/y" },
    { ...CERTAIN, executable: { device: 1, inode: 2n } },
    { ...CERTAIN, executable: { device: 1, inode: 2n, size: 3n, mtime: 4n, ctime: 6n } },
    SCRIPT,
    { ...CERTAIN, path: "/x /s" },
    { ...CERTAIN, script: { path: "/s ", interpreter: "/x" } },
  ];
  expect(new Set(others.map((process) => keys.of(process))).size).toBe(others.length);
});

test("paths of any length give short keys", () => {
  const path = `/${"x".repeat(4094)}`;
  expect(forNobody().of({ ...SCRIPT, path, script: { path, interpreter: path } }).length).toBeLessThan(100);
});

test("a file that is known in full is the same, whenever it is executed", () => {
  const keys = forNobody();
  expect(mayBeRenewed(CERTAIN)).toBe(false);
  expect(keys.of(CERTAIN, 5n)).toBe(keys.of(CERTAIN));
});

test.each([
  ["a script", SCRIPT],
  ["a file that is not known in full", { ...CERTAIN, executable: { device: 1, inode: 2n } }],
])("%s is another one after each exec", (_, process) => {
  const keys = forNobody();
  expect(mayBeRenewed(process)).toBe(true);
  const unseen = keys.of({ ...process });
  const first = keys.of({ ...process }, 5n);
  expect(first).not.toBe(unseen);
  expect(keys.of({ ...process })).toBe(first);
  const second = keys.of({ ...process }, 6n);
  expect(second).not.toBe(first);
  expect(keys.of({ ...process })).toBe(second);
});

test("what was told of with a time keeps it, and what is told late of an earlier exec is not the present one", () => {
  const keys = forNobody();
  const told = { ...SCRIPT };
  const first = keys.of(told, 5n);
  const second = keys.of({ ...SCRIPT }, 6n);
  expect(keys.of(told)).toBe(first);
  expect(keys.of({ ...SCRIPT }, 4n)).not.toBe(second);
  expect(keys.of({ ...SCRIPT })).toBe(second);
});

test("an exec that only the store has heard of makes another one", () => {
  const store = createProcessStore({ capacity: 10, graceMs: 1000 });
  const keys = createImageKeys(store.history);
  store.replace({ ...SCRIPT }, 1n);
  const first = keys.of({ ...SCRIPT }, 1n);
  expect(keys.of({ ...SCRIPT })).toBe(first);
  store.replace({ ...SCRIPT }, 2n);
  const second = keys.of({ ...SCRIPT });
  expect(second).not.toBe(first);
  expect(keys.of({ ...SCRIPT })).toBe(second);
});
