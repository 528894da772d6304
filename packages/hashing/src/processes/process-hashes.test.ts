import { createHash } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_PROCFS, type Process } from "@procmon/core";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Algorithm } from "../algorithms/algorithm.ts";
import { createFileHashes, type FileHashes, type FileResult } from "../files/file-hashes.ts";
import { copyProgram, end, look, now, scratchFolder, startProgram, TICK_MS } from "../files/programs.test-kit.ts";
import { hashingSettings } from "../options.ts";
import { createHashPool } from "../threads/hash-pool.ts";
import { createProcessHashes, type ProcessHashes } from "./process-hashes.ts";

const PATIENT = { timeout: 10_000 } as const;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

afterEach(() => void vi.useRealTimers());

/** With real files, unless others are given; `algorithms` may be changed. */
function make(given?: Partial<FileHashes>): { hashes: ProcessHashes; algorithms: Algorithm[] } {
  const algorithms: Algorithm[] = ["sha256"];
  const settings = hashingSettings({});
  const pool = createHashPool({ threads: 1 });
  const real = { procfs: DEFAULT_PROCFS, pool, settings, algorithms: () => [...algorithms] };
  const files = { ...createFileHashes(real), ...given };
  onTestFinished(() => {
    files.stop();
    return pool.stop();
  });
  return { hashes: createProcessHashes({ ...real, files, history: () => [] }), algorithms };
}

/** A script that executes itself anew with each line of input. */
function scriptText(version: number): string {
  return `#!/bin/sh\n# ${version}\nread line\nexec "$0"\n`;
}

interface RunningScript {
  readonly path: string;
  readonly child: Awaited<ReturnType<typeof startProgram>>;
}

async function startScript(): Promise<RunningScript> {
  const path = join(scratchFolder(), "script");
  writeFileSync(path, scriptText(1), { mode: 0o755 });
  await sleep(TICK_MS);
  return { path, child: await startProgram(path, []) };
}

/** Another one stands in its place, and is executed; what the process is then. */
async function replaceAndExecute({ path, child }: RunningScript): Promise<Process> {
  await sleep(TICK_MS);
  writeFileSync(`${path}.new`, scriptText(2), { mode: 0o755 });
  renameSync(`${path}.new`, path);
  await sleep(TICK_MS);
  child.stdin?.write("\n");
  await sleep(TICK_MS);
  return look(child.pid);
}

describe("a script that is replaced, and executed anew by the same process", () => {
  test("is the new one after the exec, and the old one is not taken for it", async () => {
    const { hashes } = make();
    const script = await startScript();
    const first = look(script.child.pid);
    const firstTime = now();
    await hashes.find(first, firstTime);
    expect(hashes.known(first, firstTime)?.checksums).toMatchObject({ "process.script.sha256": sha256(scriptText(1)) });
    const second = await replaceAndExecute(script);
    const secondTime = now();
    expect(second).toEqual({ ...first, ...second });
    expect(hashes.known(second, secondTime)?.status).toBe("pending");
    expect(hashes.known({ ...second })?.status).toBe("pending");
    await hashes.find(second, secondTime);
    const checksums = { "process.script.sha256": sha256(scriptText(2)) };
    expect(hashes.known(second)).toMatchObject({ status: "ok", checksums });
    // In events that come later another object tells of it.
    expect(hashes.known({ ...second })).toMatchObject({ status: "ok", checksums });
    // What was told of the first stays true of it.
    expect(hashes.known(first)?.checksums).toMatchObject({ "process.script.sha256": sha256(scriptText(1)) });
  });

  test("is not believed where nothing told of the exec", async () => {
    const { hashes } = make();
    const process = await replaceAndExecute(await startScript());
    await hashes.find(process);
    expect(hashes.known(process)).toMatchObject({ status: "changed" });
    expect(hashes.known(process)?.checksums).not.toHaveProperty(["process.script.sha256"]);
  });
});

test("an executable of which only the inode is known is looked for anew after each exec", async () => {
  const { hashes } = make();
  const path = await copyProgram("program");
  const child = await startProgram(path, ["wait"]);
  const seen = look(child.pid);
  const { device, inode } = seen.executable ?? { device: 0, inode: 0n };
  const process: Process = { ...seen, executable: { device, inode } };
  await hashes.find(process, 1n + now());
  expect(hashes.known({ ...process })?.status).toBe("ok");
  expect(hashes.known({ ...process }, now() + 1_000_000_000n)?.status).toBe("pending");
});

test("a script whose directory nobody knows is gone, not pending for ever", async () => {
  const { hashes } = make();
  const process = { ...look(globalThis.process.pid), script: { path: "script", interpreter: "/bin/sh" } };
  await hashes.find(process);
  expect(hashes.known(process)).toMatchObject({
    status: "gone",
    checksums: { "process.hash.sha256": expect.any(String) },
  });
});

test("without a path there is nothing to look for, and a thread of the kernel has none", () => {
  const { hashes } = make();
  const { path: _, ...process } = look(globalThis.process.pid);
  expect(hashes.known(process)).toEqual({ status: "gone", checksums: {} });
  expect(hashes.known({ ...process, denied: ["path"] })).toEqual({ status: "denied", checksums: {} });
  expect(hashes.known({ ...process, kernelThread: true })).toBeUndefined();
});

describe("with files of a made-up kind", () => {
  const UNKNOWN: Process = { pid: 2 ** 22, startTime: 1n, ppid: 1, comm: "x", path: "/x" };
  const ok = (digests: Record<string, string>): FileResult => ({ ok: true, file: {} as never, digests });

  test("what is asked for at once is looked for once", async () => {
    const hash = vi.fn(async () => ok({ sha256: "a" }));
    const { hashes } = make({ hash });
    expect(hashes.find(UNKNOWN)).toBe(hashes.find({ ...UNKNOWN }));
    expect(hashes.running).toBe(1);
    await hashes.find(UNKNOWN);
    expect([hash.mock.calls.length, hashes.running]).toEqual([1, 0]);
  });

  test.each(["denied", "failed", "timeout"] as const)("what was %s is looked for again after 10 s", async (failure) => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const hash = vi.fn(async (): Promise<FileResult> => ({ ok: false, failure, reason: "" }));
    const { hashes } = make({ hash });
    await hashes.find(UNKNOWN);
    vi.advanceTimersByTime(9999);
    expect(hashes.known(UNKNOWN)).toEqual({ status: failure, checksums: {} });
    vi.advanceTimersByTime(1);
    expect(hashes.known(UNKNOWN)?.status).toBe("pending");
  });

  test("an algorithm that is added meanwhile is looked for too, and one that is taken away is not kept", async () => {
    let answer = (_: FileResult): void => {};
    const hash = vi.fn(
      () =>
        new Promise<FileResult>((resolve) => {
          answer = resolve;
        }),
    );
    const { hashes, algorithms } = make({ hash });
    const finding = hashes.find(UNKNOWN);
    await vi.waitFor(() => expect(hash).toHaveBeenCalledTimes(1));
    algorithms.splice(0, 1, "md5");
    answer(ok({ sha256: "a" }));
    await vi.waitFor(() => expect(hash).toHaveBeenCalledTimes(2));
    expect(hash).toHaveBeenLastCalledWith(expect.anything(), ["md5"]);
    answer(ok({ md5: "b" }));
    await finding;
    expect(hashes.known(UNKNOWN)).toEqual({ status: "ok", checksums: { "process.hash.md5": "b" } });
    algorithms.push("sha256");
    expect(hashes.known(UNKNOWN)).toEqual({ status: "pending", checksums: { "process.hash.md5": "b" } });
  });

  test("one that is forgotten leaves the others known", async () => {
    const { hashes, algorithms } = make({ hash: async () => ok({ sha256: "a", md5: "b" }) });
    algorithms.push("md5");
    await hashes.find(UNKNOWN);
    algorithms.pop();
    hashes.forget("md5");
    expect(hashes.known(UNKNOWN)).toEqual({ status: "ok", checksums: { "process.hash.sha256": "a" } });
    expect(hashes.digests(UNKNOWN)).toEqual({ executable: { sha256: "a" } });
  });
});

test("a process that has ended is told of as gone", async () => {
  const { hashes } = make();
  const child = await startProgram(await copyProgram("program"), ["wait"]);
  const { executable: _, ...process } = look(child.pid);
  await end(child);
  await hashes.find(process);
  expect(hashes.known(process)).toEqual({ status: "gone", checksums: {} });
  await expect.poll(() => hashes.running, PATIENT).toBe(0);
});
