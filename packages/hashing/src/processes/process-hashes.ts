import type { Checksums, Process, ProcessStore, Procfs } from "@procmon/core";
import { type Algorithm, type Digests, digestsOf, hasAll } from "../algorithms/algorithm.ts";
import { executableTarget, linkNames, scriptTarget } from "../files/candidates.ts";
import type { FileHashes, FileResult } from "../files/file-hashes.ts";
import type { FileTarget } from "../files/file-target.ts";
import { wallClockOf } from "../files/wall-clock.ts";
import type { HashingSettings } from "../options.ts";
import type { HashPool } from "../threads/hash-pool.ts";
import { type ChecksumPart, composeChecksums } from "./compose-checksums.ts";
import { createImageKeys } from "./image-key.ts";
import { createImageResults, type ImageResult } from "./image-results.ts";
import { scriptStart } from "./script-start.ts";

/**
 * The checksums of what processes run. `execTime` is when the process began to run this, in nanoseconds since the epoch, where
 * that was seen.
 */
export interface ProcessHashes {
  /** What is known without looking anywhere. Undefined for threads of the kernel, which run no file. */
  known(process: Process, execTime?: bigint): Checksums | undefined;
  /** The digests of the executable's file and of the script, where they are known. */
  digests(process: Process, execTime?: bigint): { readonly executable?: Digests; readonly script?: Digests };
  /** Finds out what is `pending`; then it is known. Whoever asks for the same meanwhile waits for the same. Never rejects. */
  find(process: Process, execTime?: bigint): Promise<void>;
  /** Names what the process runs: what `find` does once. */
  key(process: Process, execTime?: bigint): string;
  /** Drops the checksums of this algorithm that were found for processes; those of files are dropped by their owner. */
  forget(algorithm: Algorithm): void;
  readonly running: number;
}

/** What they are made with. */
export interface ProcessHashesOptions {
  readonly procfs: Procfs;
  readonly files: FileHashes;
  readonly pool: HashPool;
  readonly settings: HashingSettings;
  /** What is asked for now. */
  algorithms(): readonly Algorithm[];
  /** Earlier images of a process, as far as they are known. */
  readonly history: ProcessStore["history"];
}

/** Processes whose results are kept. */
const CAPACITY = 8192;
/** Milliseconds after which a file that could not be read is tried again. */
const RETRY_MS = 10_000;

/** Makes it. */
export function createProcessHashes(options: ProcessHashesOptions): ProcessHashes {
  const { procfs, files, pool, settings, algorithms, history } = options;
  const keys = createImageKeys(history);
  const results = createImageResults(CAPACITY);
  const running = new Map<string, Promise<void>>();

  function isCurrent(result: ImageResult | undefined): result is ImageResult {
    return result !== undefined && algorithms().every((each) => result.algorithms.includes(each));
  }

  function known(process: Process, execTime?: bigint): Checksums | undefined {
    if (process.kernelThread) return undefined;
    if (process.path === undefined) return { status: absence(process), checksums: {} };
    const asked = algorithms();
    const direct = files.known(process.executable);
    const isWhole = hasAll(direct, asked);
    if (isWhole && process.script === undefined) return composeChecksums([partOf("hash", direct)], asked);
    const found = results.get(keys.of(process, execTime));
    const result = isCurrent(found) ? found : undefined;
    const parts = [
      isWhole
        ? partOf("hash", direct)
        : partOf("hash", { ...digestsIn(found?.executable), ...direct }, result?.executable),
    ];
    if (process.script !== undefined) parts.push(partOf("script", digestsIn(found?.script), result?.script));
    const { status, checksums } = composeChecksums(parts, asked);
    if (found?.memory === undefined) return { status, checksums };
    return {
      status,
      checksums: { ...checksums, ...composeChecksums([partOf("memory", found.memory)], asked).checksums },
    };
  }

  async function findOnce(process: Process, key: string, execTime: bigint | undefined): Promise<void> {
    const asked = algorithms();
    const [executable, script] = await Promise.all([
      files.hash(executableTarget(procfs, process, execTime), asked),
      process.script && hashScript(process, execTime, asked),
    ]);
    const isOutOfReach = !executable.ok && OUT_OF_REACH.has(executable.failure);
    const memory = isOutOfReach ? await readMemory(process, asked) : undefined;
    const mayChange = [executable, script].some((each) => each?.ok === false && PASSING.has(each.failure));
    // Some may have been taken back meanwhile.
    const wanted = asked.filter((each) => algorithms().includes(each));
    results.set(key, {
      algorithms: wanted,
      executable: onlyOf(wanted, executable),
      ...(memory === undefined ? {} : { memory: digestsOf(wanted, memory) }),
      ...(script === undefined ? {} : { script: onlyOf(wanted, script) }),
      ...(mayChange ? { retryAt: performance.now() + RETRY_MS } : {}),
    });
  }

  function hashScript(
    process: Process,
    execTime: bigint | undefined,
    asked: readonly Algorithm[],
  ): Promise<FileResult> {
    const target = scriptTarget(procfs, process, execTime);
    if (target === undefined) return Promise.resolve(NOWHERE);
    return files.hash(execTime === undefined ? readBefore(process, target) : target, asked);
  }

  /** It may have been forked from another one, and runs what that one read. */
  function readBefore(process: Process, target: FileTarget): FileTarget {
    const startedAt = wallClockOf(procfs, scriptStart(procfs, process));
    return startedAt === undefined ? target : { ...target, startedAt };
  }

  async function readMemory(process: Process, asked: readonly Algorithm[]): Promise<Digests | undefined> {
    const computed = asked.filter((algorithm) => algorithm !== "fsverity");
    if (!settings.memoryImages || computed.length === 0) return undefined;
    const { pid, startTime, executable } = process;
    const { maxFileSize, timeLimitMs } = settings;
    const outcome = await pool.hashImage({
      procfs,
      pid,
      startTime,
      names: linkNames(process),
      inode: executable?.inode,
      algorithms: computed,
      maxBytes: maxFileSize,
      timeLimitMs,
    });
    return outcome.ok ? outcome.digests : undefined;
  }

  async function findAll(process: Process, key: string, execTime: bigint | undefined): Promise<void> {
    // Whoever only looks at what is known does not wait for what is read here.
    await undefined;
    // An algorithm may be added meanwhile.
    do await findOnce(process, key, execTime);
    while (!isCurrent(results.get(key)));
  }

  return {
    known,
    digests(process, execTime) {
      const found = results.get(keys.of(process, execTime));
      const executable = files.known(process.executable) ?? digestsIn(found?.executable);
      const script = digestsIn(found?.script);
      return { ...(executable && { executable: digestsOf(algorithms(), executable) }), ...(script && { script }) };
    },
    find(process, execTime) {
      const key = keys.of(process, execTime);
      const current = running.get(key);
      if (current !== undefined) return current;
      const started = findAll(process, key, execTime).finally(() => running.delete(key));
      running.set(key, started);
      return started;
    },
    key: keys.of,
    forget: (algorithm) => results.forget(algorithm),
    get running() {
      return running.size;
    },
  };
}

/** With these no file could be opened. */
const OUT_OF_REACH: ReadonlySet<Checksums["status"]> = new Set(["gone", "denied"]);

/** These may be others the next time. */
const PASSING: ReadonlySet<Checksums["status"]> = new Set(["denied", "failed", "timeout"]);

const NOWHERE: FileResult = { ok: false, failure: "gone", reason: "nothing tells in which directory the script is" };

function absence({ denied }: Process): Checksums["status"] {
  return denied?.includes("path") ? "denied" : "gone";
}

function digestsIn(result: FileResult | undefined): Digests | undefined {
  return result?.ok ? result.digests : undefined;
}

function onlyOf(algorithms: readonly Algorithm[], result: FileResult): FileResult {
  return result.ok ? { ...result, digests: digestsOf(algorithms, result.digests) } : result;
}

/** `result` is what came of looking for all of them. */
function partOf(subject: ChecksumPart["subject"], digests: Digests | undefined, result?: FileResult): ChecksumPart {
  return { subject, digests, otherwise: result?.ok === false ? result.failure : "pending" };
}
