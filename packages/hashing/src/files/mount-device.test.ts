import { closeSync, openSync, statSync } from "node:fs";
import { DEFAULT_PROCFS } from "@procmon/core";
import { expect, onTestFinished, test } from "vitest";
import { mountDevice } from "./mount-device.ts";

test.each(["/", "/proc/self/stat", "/dev/null"])("is st_dev on ordinary file systems: %s", async (path) => {
  const fd = openSync(path, "r");
  onTestFinished(() => closeSync(fd));
  expect(await mountDevice(DEFAULT_PROCFS, fd)).toBe(statSync(path).dev);
  expect(await mountDevice(DEFAULT_PROCFS, fd, process.pid)).toBe(statSync(path).dev);
});

test("is unknown for what is on no mount that can be seen, and for what is not open", async () => {
  expect(await mountDevice(DEFAULT_PROCFS, 1_000_000)).toBeUndefined();
  expect(await mountDevice({ root: "/nowhere" }, 0)).toBeUndefined();
});
