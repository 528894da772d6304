import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_PROCFS, type FileIdentity, type Process, readExeLink, readProcess } from "@procmon/core";
import { fixturePath } from "@procmon-internal/fixtures";
import { expect, onTestFinished } from "vitest";
import { executableTarget } from "./candidates.ts";
import type { FileTarget } from "./file-target.ts";
import { createFileOpener, type FileOpenerOptions } from "./open-file.ts";
import type { OpenOutcome } from "./opened-file.ts";

/** Longer than the times of files are behind, so that what is done now is told from what was done before. */
export const TICK_MS = 100;

/** A folder that is removed after the test. */
export function scratchFolder(parent: string = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "procmon-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of a program that waits, old enough for its times to tell what comes after. */
export async function copyProgram(name: string, folder: string = scratchFolder()): Promise<string> {
  const path = join(folder, name);
  copyFileSync(fixturePath("odd-process"), path);
  await sleep(TICK_MS);
  return path;
}

/** Starts a program that is killed after the test, and waits until it runs. */
export async function startProgram(path: string, args: readonly string[]): Promise<ChildProcess & { pid: number }> {
  const child = spawn(path, args, { stdio: ["pipe", "ignore", "inherit"] }) as ChildProcess & { pid: number };
  onTestFinished(() => end(child));
  const own = readExeLink(DEFAULT_PROCFS, process.pid);
  // Until its exec it is a copy of this process.
  for (let link = own; link.ok && own.ok && link.value === own.value; await sleep(1)) {
    link = readExeLink(DEFAULT_PROCFS, child.pid);
  }
  return child;
}

/** Kills it and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** What core knows of it. */
export function look(pid: number): Process {
  const read = readProcess(DEFAULT_PROCFS, pid, { tree: true });
  if (!read.ok) throw new Error(`process ${pid}: ${read.failure}`);
  return read.value;
}

/** How many descriptors this process has. */
export function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Opens, and tells in one word what came of it: `opened:` with the file's bytes or its length, or the failure. No descriptor is left. */
export async function tryToOpen(target: FileTarget, options: Partial<FileOpenerOptions> = {}): Promise<OpenOutcome> {
  const before = descriptors();
  const opener = createFileOpener({ procfs: DEFAULT_PROCFS, ...options });
  const outcome = await opener.open(target);
  if (outcome.ok) closeSync(outcome.fd);
  opener.stop();
  await expect.poll(descriptors, { timeout: 5000 }).toBe(before);
  return outcome;
}

/** The bytes that the opened descriptor reads. */
export async function readOpened(target: FileTarget): Promise<Buffer> {
  const opener = createFileOpener({ procfs: DEFAULT_PROCFS });
  const outcome = await opener.open(target);
  if (!outcome.ok) throw new Error(`${outcome.failure}: ${outcome.reason}`);
  try {
    return readFileSync(outcome.fd);
  } finally {
    closeSync(outcome.fd);
  }
}

/** What comes of opening the executable of a process. */
export function openExecutable(process: Process, execTime?: bigint): Promise<OpenOutcome> {
  return tryToOpen(executableTarget(DEFAULT_PROCFS, process, execTime));
}

/** The bytes of its executable. */
export function bytesOf(process: Process): Promise<Buffer> {
  return readOpened(executableTarget(DEFAULT_PROCFS, process));
}

/** The bytes of what `copyProgram` copies. */
export function programBytes(): Buffer {
  return readFileSync(fixturePath("odd-process"));
}

/** Nanoseconds since the epoch. */
export function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** The process with as much of its executable's identity as the audit's records have. */
export function withBareIdentity(process: Process): Process {
  const { device, inode } = process.executable as FileIdentity;
  return { ...process, executable: { device, inode } };
}

/** The process without it. */
export function withoutIdentity({ executable: _, ...process }: Process): Process {
  return process;
}
