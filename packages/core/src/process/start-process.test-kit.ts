import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readExeLink } from "../procfs/read-process-links.ts";

/** What only root can make. Tests that need it show as skipped otherwise. */
export const isRoot: boolean = process.getuid?.() === 0;

/** True where pid 2 is the kernel's own: not so in a container. */
export const hasKernelThreads: boolean = isKthreadd();

function isKthreadd(): boolean {
  try {
    return readFileSync("/proc/2/comm", "utf8") === "kthreadd\n";
  } catch {
    return false;
  }
}

const started: ChildProcess[] = [];
const directories: string[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map(stop));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A new directory, removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "procmon-test-"));
  directories.push(directory);
  return directory;
}

/** Starts a program that is ended, with its whole process group, after the test. Its executable runs already. */
export function start(
  command: string,
  args: readonly string[],
  options?: SpawnOptions,
): ChildProcess & { pid: number } {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], detached: true, ...options });
  started.push(child);
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return child as ChildProcess & { pid: number };
}

/** The first line that the program prints. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (data) => {
      text += data;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once("exit", () => reject(new Error(`ended after printing ${JSON.stringify(text)}`)));
  });
}

/** Starts `sh -c`, and waits for the first line that it prints. */
export async function startShell(
  script: string,
  options?: SpawnOptions,
): Promise<{ child: ChildProcess & { pid: number }; line: string }> {
  const child = start("/bin/sh", ["-c", script], options);
  return { child, line: await firstLine(child) };
}

/** Waits until something is so; fails after five seconds. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`not so after 5 s: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until the process runs the executable of that name, for example `sleep`. */
export function untilRuns(pid: number, name: string): Promise<void> {
  return until(() => {
    const link = readExeLink(DEFAULT_PROCFS, pid);
    return link.ok && link.value.endsWith(`/${name}`);
  });
}

/** Ends a process that was started, with its group. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const hasEnded = child.exitCode !== null || child.signalCode !== null;
  const ended = hasEnded ? undefined : new Promise((resolve) => child.once("exit", resolve));
  try {
    // The group also where its leader has ended: what it left behind holds our standard error open.
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
  await ended;
}

/** The number of a namespace as the system tells it. */
export function namespaceOf(pid: number, kind: string): number {
  return Number(readlinkSync(`/proc/${pid}/ns/${kind}`).replace(/\D/g, ""));
}

/** Copies a program and the libraries that it needs, so that it runs in a root of its own. */
export function copyWithLibraries(program: string, root: string): void {
  const libraries = execFileSync("ldd", [program], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
  for (const file of [program, ...libraries]) {
    mkdirSync(`${root}${file.slice(0, file.lastIndexOf("/"))}`, { recursive: true });
    copyFileSync(file, `${root}${file}`);
  }
}
