import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DEFAULT_PROCFS, readStartTime } from "@procmon/core";
import { afterEach, describe, expect, it } from "vitest";
import { hashImage } from "./hash-image.ts";
import { makeFolder, makePool, PATIENT } from "./hash-pool.test-kit.ts";
import { createHashRun } from "./hash-run.ts";

const started: ChildProcess[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) {
    const ended = once(child, "exit");
    if (child.kill("SIGKILL")) await ended;
  }
});

/** Starts a program that is ended after the test. */
function start(path: string, ...args: string[]): { pid: number; startTime: bigint } {
  const child = spawn(path, args, { stdio: "ignore" });
  started.push(child);
  const pid = child.pid ?? 0;
  return { pid, startTime: readStartTime(DEFAULT_PROCFS, pid) ?? 0n };
}

/** A sleeping process whose executable was removed. Its memory does not change any more. */
async function startRemoved(): Promise<{ pid: number; startTime: bigint; path: string }> {
  const path = join(makeFolder(), "sleeper");
  copyFileSync("/bin/sleep", path);
  const process = start(path, "1000");
  await expect.poll(() => stateOf(process.pid), PATIENT).toBe("S");
  rmSync(path);
  return { ...process, path };
}

function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] ?? "";
}

/** The checksum of all ranges that are mapped from a file, read here. */
function expectedImage(pid: number, path: string): string {
  const hash = createHash("sha256");
  const memory = openSync(`/proc/${pid}/mem`, "r");
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (!range || !line.endsWith(`${path} (deleted)`)) continue;
    const bytes = Buffer.alloc(Number(BigInt(`0x${range[2]}`) - BigInt(`0x${range[1]}`)));
    expect(readSync(memory, bytes, 0, bytes.length, BigInt(`0x${range[1]}`))).toBe(bytes.length);
    hash.update(bytes);
  }
  closeSync(memory);
  return hash.digest("hex");
}

const WANTED = { procfs: DEFAULT_PROCFS, algorithms: ["sha256"], maxBytes: 2 ** 28, timeLimitMs: 10_000 } as const;

describe("the image of a process", () => {
  it("is what is mapped of its executable, also when it was removed", async () => {
    const { pid, startTime, path } = await startRemoved();
    const outcome = await makePool().hashImage({ ...WANTED, pid, startTime });
    expect(outcome).toEqual({ ok: true, digests: { sha256: expectedImage(pid, path) } });
  });

  it("is not read beyond the limit", async () => {
    const { pid, startTime } = await startRemoved();
    const outcome = await makePool().hashImage({ ...WANTED, pid, startTime, maxBytes: 4096 });
    expect(outcome).toMatchObject({ ok: false, failure: "too_large" });
  });

  it("is gone with its process, and is not that of another one with its pid", async () => {
    const pool = makePool();
    const { pid, startTime } = await startRemoved();
    const other = await pool.hashImage({ ...WANTED, pid, startTime: startTime + 1n });
    expect(other).toMatchObject({ ok: false, failure: "gone" });
    const nobody = await pool.hashImage({ ...WANTED, pid: 2 ** 30, startTime });
    expect(nobody).toMatchObject({ ok: false, failure: "gone" });
  });
});

it("is gone when the process runs another image before all is read", () => {
  const go = join(makeFolder(), "go");
  const { pid, startTime } = start("/bin/sh", "-c", `until [ -e ${go} ]; do :; done; exec sleep 1000`);
  const deadline = process.hrtime.bigint() + 10_000_000_000n;
  const run = createHashRun(Buffer.alloc(0), new Int32Array(new SharedArrayBuffer(4)), deadline);
  run.interruption = () => {
    writeFileSync(go, "");
    while (!readlinkSync(`/proc/${pid}/exe`).endsWith("/sleep") && process.hrtime.bigint() < deadline);
    return undefined;
  };
  const outcome = hashImage({ type: "image", ...WANTED, pid, startTime, deadline }, run);
  expect(run.bytes).toBeGreaterThan(0);
  expect(outcome).toMatchObject({ ok: false, failure: "gone" });
});
