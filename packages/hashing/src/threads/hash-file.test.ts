import { createHash } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { hashFile } from "./hash-file.ts";
import type { FileRequest } from "./hash-messages.ts";
import type { HashOutcome } from "./hash-outcome.ts";
import { makeFolder, untilSettled } from "./hash-pool.test-kit.ts";
import { createHashRun } from "./hash-run.ts";
import { openKnown } from "./open-known.test-kit.ts";

const CHUNK = 4096;
const SIZE = 10 * CHUNK;
/** A whole second, which can be set once more to the nanosecond. */
const LONG_AGO = 1_600_000_000;

let path: string;

beforeEach(async () => {
  path = join(makeFolder(), "file");
  writeFileSync(path, Buffer.alloc(SIZE, "procmon"));
  utimesSync(path, LONG_AGO, LONG_AGO);
  await untilSettled();
});

/** Hashes a file; `step` is called before each piece is read, with how many bytes were read before. */
function hash(step: (bytes: number) => void = () => {}, more: Partial<FileRequest> = {}, at = path) {
  const { fd, file } = openKnown(at);
  const deadline = process.hrtime.bigint() + 10_000_000_000n;
  const request = { type: "file", fd, file, algorithms: ["sha256"], deadline, maxBytes: 2 ** 20, ...more } as const;
  const run = createHashRun(Buffer.alloc(CHUNK), new Int32Array(new SharedArrayBuffer(4)), request.deadline);
  const interruption = run.interruption;
  run.interruption = () => {
    step(run.bytes);
    return interruption();
  };
  try {
    return { outcome: hashFile(request, run), bytes: run.bytes };
  } finally {
    closeSync(fd);
  }
}

/** What is done once, in the middle of the first reading. */
function inTheMiddle(action: () => void): (bytes: number) => void {
  return (bytes) => {
    if (bytes === SIZE / 2) action();
  };
}

function overwrite(at: number): void {
  const fd = openSync(path, "r+");
  writeSync(fd, "X", at);
  closeSync(fd);
}

const ok = (sha256: string): HashOutcome => ({ ok: true, digests: { sha256 } });
const failure = (outcome: HashOutcome): string => (outcome.ok ? "ok" : outcome.failure);
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("a file that stays as it is", () => {
  it("is read once", () => {
    expect(hash()).toEqual({ outcome: ok(sha256(readFileSync(path))), bytes: SIZE });
  });

  it("may be one of /proc, which tells no size", () => {
    const version = readFileSync("/proc/version");
    expect(hash(undefined, {}, "/proc/version").outcome).toEqual(ok(sha256(version)));
    expect(hash(undefined, { maxBytes: version.length }, "/proc/version").outcome).toEqual(ok(sha256(version)));
    const { outcome } = hash(undefined, { maxBytes: version.length - 1 }, "/proc/version");
    expect(failure(outcome)).toBe("too_large");
  });

  it("is waited for if it was written just now", () => {
    const at = `${path}-new`;
    writeFileSync(at, "new");
    const start = performance.now();
    expect(hash(undefined, {}, at).outcome.ok).toBe(true);
    expect(performance.now() - start).toBeGreaterThan(8);
  });
});

describe("a file that is changed while it is read", () => {
  it.each([
    ["in a part that was read", () => overwrite(0)],
    ["in a part that was not read yet", () => overwrite(SIZE - 1)],
    ["at its end", () => appendFileSync(path, "more")],
    ["by cutting it off", () => truncateSync(path, SIZE - CHUNK)],
    ["by emptying it", () => truncateSync(path, 0)],
  ])("has no checksum: %s", (_, change) => {
    const { outcome, bytes } = hash(inTheMiddle(change));
    expect(failure(outcome)).toBe("changed");
    // Nothing is gained by reading it once more.
    expect(bytes).toBeLessThanOrEqual(SIZE + 1);
  });

  it("has none if its owner hides it by setting back its time", () => {
    const { outcome, bytes } = hash(
      inTheMiddle(() => {
        overwrite(0);
        utimesSync(path, LONG_AGO, LONG_AGO);
      }),
    );
    expect(failure(outcome)).toBe("changed");
    expect(bytes).toBe(SIZE);
  });

  it.each([
    ["removed", () => rmSync(path)],
    ["renamed", () => renameSync(path, `${path}-elsewhere`)],
  ])("has none if only its name is %s: its contents could have been changed as well", (_, change) => {
    expect(failure(hash(inTheMiddle(change)).outcome)).toBe("changed");
  });
});

describe("a file that is not what it was when it was opened", () => {
  it("is not read", () => {
    const { fd, file } = openKnown(path);
    closeSync(fd);
    const larger = hash(undefined, { file: { ...file, size: file.size + 1n } });
    const later = hash(undefined, { file: { ...file, mtime: file.mtime + 1n } });
    const touched = hash(undefined, { file: { ...file, ctime: file.ctime - 1n } });
    expect([larger, later, touched]).toMatchObject(Array(3).fill({ outcome: { failure: "changed" }, bytes: 0 }));
  });
});

describe("what cannot be read", () => {
  it("is failed, with the name of the error", () => {
    expect(hash(undefined, {}, "/proc/self/mem").outcome).toEqual({ ok: false, failure: "failed", reason: "EIO" });
    const folder = hash(undefined, {}, join(path, "..")).outcome;
    expect(folder).toEqual({ ok: false, failure: "failed", reason: "EISDIR" });
  });

  it("is failed where an algorithm is not to be had", () => {
    expect(failure(hash(undefined, { algorithms: ["sha257" as "sha256"] }).outcome)).toBe("failed");
  });

  it("ends at the deadline", () => {
    const deadline = process.hrtime.bigint() + 20_000_000n;
    const busy = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    const { outcome, bytes } = hash(busy, { deadline });
    expect(failure(outcome)).toBe("timeout");
    expect(bytes).toBeLessThan(SIZE);
  });
});
