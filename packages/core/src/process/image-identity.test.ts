import { expect, it } from "vitest";
import { PF_KTHREAD, parseStat } from "../procfs/parse-stat.ts";
import { isImageReady } from "./image-identity.ts";

/** `/proc/<pid>/stat` with these fields (proc_pid_stat(5): 3, 9, 26 and 28). */
function stat({ state = "R", flags = 0, startCode = "94", startStack = "140" } = {}) {
  const line = `7 (a) ${state} 1 1 1 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0 0 ${startCode} 96 ${startStack} 0 0 0 0 0\n`;
  const parsed = parseStat(Buffer.from(line));
  if (!parsed) throw new Error("no stat");
  return parsed;
}

it.each([
  ["an image that runs", {}, true],
  ["addresses that may not be known", { startCode: "1", startStack: "1" }, true],
  ["a new memory with nothing in it", { startCode: "0", startStack: "0" }, false],
  // The kernel lays out the stack, and opens the interpreter, before it sets where the code begins.
  ["a stack, and no code yet", { startCode: "0", startStack: "140" }, false],
  ["code, and no stack", { startCode: "94", startStack: "0" }, false],
  ["a zombie", { state: "Z", startCode: "0", startStack: "0" }, true],
  ["a thread of the kernel", { flags: PF_KTHREAD, startCode: "0", startStack: "0" }, true],
])("in an exec or not: %s", (_, fields, ready) => {
  expect(isImageReady(stat(fields))).toBe(ready);
});
