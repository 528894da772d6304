import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_PROCFS, listPids, readStat } from "@procmon/core";
import { expect, onTestFinished, test } from "vitest";
import { look, scratchFolder, startProgram, TICK_MS } from "../files/programs.test-kit.ts";
import { scriptStart } from "./script-start.ts";

/** The children of a process that lives. */
function childrenOf(pid: number): number[] {
  return listPids(DEFAULT_PROCFS).filter((each) => {
    const stat = readStat(DEFAULT_PROCFS, each);
    return stat.ok && stat.value.ppid === pid;
  });
}

test("a process that was forked runs what its parent read, any other its own", async () => {
  const folder = scratchFolder();
  const path = join(folder, "script");
  execFileSync("mkfifo", [join(folder, "pipe")]);
  // What is in brackets is run by a fork of the shell, which waits until somebody opens the pipe.
  writeFileSync(path, `#!/bin/sh\nread line\n(read line < ${folder}/pipe) &\nread line\n`, { mode: 0o755 });
  await sleep(TICK_MS);
  const child = await startProgram(path, []);
  const parent = look(child.pid);
  expect(parent.script?.path).toBe(path);
  expect(scriptStart(DEFAULT_PROCFS, parent)).toBe(parent.startTime);
  await sleep(TICK_MS);
  child.stdin?.write("\n");
  await expect.poll(() => childrenOf(child.pid).length, { timeout: 5000 }).toBe(1);
  const [pid = 0] = childrenOf(child.pid);
  onTestFinished(() => void process.kill(pid, "SIGKILL"));
  const fork = look(pid);
  expect(fork).toMatchObject({ ppid: child.pid, script: { path } });
  expect(fork.startTime).toBeGreaterThan(parent.startTime);
  expect(scriptStart(DEFAULT_PROCFS, fork)).toBe(parent.startTime);
  const other = { path: "/other", interpreter: "/bin/sh" };
  expect(scriptStart(DEFAULT_PROCFS, { ...fork, script: other })).toBe(fork.startTime);
  // A parent that is younger is another process.
  expect(scriptStart(DEFAULT_PROCFS, { ...fork, startTime: 1n })).toBe(1n);
});
