import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_PROCFS } from "@procmon/core";
import { expect, onTestFinished, test } from "vitest";
import { INITIAL_PID, pidsFault } from "./initial-pids.ts";

/** A procfs that shows the pid namespaces of this process and of the first one. */
function procfsWith(own: number | undefined, first: number | undefined) {
  const root = mkdtempSync(join(tmpdir(), "procmon-pids-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, inode] of [
    ["self", own],
    ["1", first],
  ] as const) {
    mkdirSync(join(root, name, "ns"), { recursive: true });
    if (inode !== undefined) symlinkSync(`pid:[${inode}]`, join(root, name, "ns/pid"));
  }
  return { ...DEFAULT_PROCFS, root };
}

test.each([
  ["of the initial namespace", INITIAL_PID, undefined, false],
  ["of a namespace with its own procfs", 4026532000, 4026532000, true],
  ["of a namespace with the machine's procfs", 4026532000, INITIAL_PID, false],
  ["of a namespace whose first process cannot be looked at", 4026532000, undefined, true],
  ["of a kernel that does not tell", undefined, undefined, false],
])("a process %s", (_, own, first, isFault) => {
  const fault = pidsFault(procfsWith(own, first));
  expect(fault?.reason.includes("pid namespace") ?? false).toBe(isFault);
});

test("this process has no other pids than records", () => {
  expect(pidsFault(DEFAULT_PROCFS)).toBeUndefined();
});
