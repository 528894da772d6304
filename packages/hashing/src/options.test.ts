import { expect, test } from "vitest";
import { hashingSettings } from "./options.ts";

test("the defaults are those of the docstrings", () => {
  const settings = hashingSettings({});
  expect(settings).toMatchObject({
    algorithms: ["sha256"],
    maxFileSize: 2 ** 31,
    timeLimitMs: 30_000,
    cacheCapacity: 4096,
    memoryImages: true,
  });
  expect(settings.threads).toBeGreaterThan(0);
  expect(settings.threads).toBeLessThanOrEqual(4);
});

test.each([
  null,
  "sha256",
  { algorithms: "sha256" },
  { algorithms: ["sha257"] },
  { algorithms: [null] },
  { memoryImages: "yes" },
  { maxFileSize: 0 },
  { timeLimitMs: 1.5 },
  { cacheCapacity: -1 },
  { threads: Number.NaN },
  { threads: "4" },
])("%j is refused", (options) => {
  expect(() => hashingSettings(options as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});

test("an algorithm that is named twice is asked for once", () => {
  expect(hashingSettings({ algorithms: ["md5", "sha1", "md5"] }).algorithms).toEqual(["md5", "sha1"]);
});

test("no time limit is longer than timers of Node.js can be, which would end at once", () => {
  expect(hashingSettings({ timeLimitMs: 2 ** 40 }).timeLimitMs).toBe(2 ** 31 - 1);
});
