import type { Checksums, Process, Procfs } from "@procmon/core";
import type { Algorithm, Digests } from "../algorithms/algorithm.ts";
import { executableTarget, linkNames, scriptTarget } from "../files/candidates.ts";
import type { FileHashes, FileResult } from "../files/file-hashes.ts";
import type { HashingSettings } from "../options.ts";
import type { HashPool } from "../threads/hash-pool.ts";
import { type ChecksumPart, composeChecksums } from "./compose-checksums.ts";
import { imageKey } from "./image-key.ts";
import { createImageResults, type ImageResult } from "./image-results.ts";

/** The checksums of what processes run. */
export interface ProcessHashes {
  /** What is known without looking anywhere. Undefined for threads of the kernel, which run no file. */
  known(process: Process): Checksums | undefined;
  /** The digests of the executable's file and of the script, where they are known. */
  digests(process: Process): { readonly executable: Digests | undefined; readonly script: Digests | undefined };
  /**
   * Finds out what is `pending`; then it is known. Whoever asks for the same meanwhile waits for the same. Never rejects.
   *
   * @param execTime nanoseconds since the epoch when it began to run this, where that is known.
   */
  find(process: Process, execTime?: bigint): Promise<void>;
  /** Results of processes are forgotten; those of files stay. */
  clear(): void;
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
}

/** Processes whose results are kept. */
const CAPACITY = 8192;
/** Milliseconds after which a file that could not be read is tried again. */
const RETRY_MS = 10_000;

/** Makes it. */
export function createProcessHashes(options: ProcessHashesOptions): ProcessHashes {
  const { procfs, files, pool, settings, algorithms } = options;
  const results = createImageResults(CAPACITY);
  const running = new Map<string, Promise<void>>();

  function resultOf(process: Process): ImageResult | undefined {
    const result = results.get(process);
    return result !== undefined && algorithms().every((each) => result.algorithms.includes(each)) ? result : undefined;
  }

  function known(process: Process): Checksums | undefined {
    if (process.kernelThread) return undefined;
    if (process.path === undefined) return { status: absence(process), checksums: {} };
    const asked = algorithms();
    const result = resultOf(process);
    const direct = files.known(process.executable);
    const isWhole = direct !== undefined && asked.every((each) => direct[each] !== undefined);
    const parts = [isWhole ? partOf("hash", direct) : partOf("hash", result?.executable)];
    if (process.script !== undefined) parts.push(partOf("script", result?.script));
    const { status, checksums } = composeChecksums(parts, asked);
    const memory = result?.memory;
    if (memory === undefined) return { status, checksums };
    return { status, checksums: { ...checksums, ...composeChecksums([partOf("memory", memory)], asked).checksums } };
  }

  async function findOnce(process: Process, execTime: bigint | undefined): Promise<void> {
    const asked = algorithms();
    const scriptFile = scriptTarget(procfs, process, execTime);
    const [executable, script] = await Promise.all([
      files.hash(executableTarget(procfs, process, execTime), asked),
      scriptFile && files.hash(scriptFile, asked),
    ]);
    const isOutOfReach = !executable.ok && OUT_OF_REACH.has(executable.failure);
    const memory = isOutOfReach ? await readMemory(process, asked) : undefined;
    const mayChange = [executable, script].some((each) => each?.ok === false && PASSING.has(each.failure));
    results.set(process, {
      algorithms: asked,
      executable,
      ...(memory === undefined ? {} : { memory }),
      ...(script === undefined ? {} : { script }),
      ...(mayChange ? { retryAt: performance.now() + RETRY_MS } : {}),
    });
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

  async function findAll(process: Process, execTime: bigint | undefined): Promise<void> {
    // An algorithm may be added meanwhile.
    do await findOnce(process, execTime);
    while (resultOf(process) === undefined);
  }

  return {
    known,
    digests(process) {
      const result = resultOf(process);
      const { executable, script } = result ?? {};
      return {
        executable: files.known(process.executable) ?? (executable?.ok ? executable.digests : undefined),
        script: script?.ok ? script.digests : undefined,
      };
    },
    find(process, execTime) {
      const key = imageKey(process);
      const current = running.get(key);
      if (current !== undefined) return current;
      const started = findAll(process, execTime).finally(() => running.delete(key));
      running.set(key, started);
      return started;
    },
    clear: () => results.clear(),
    get running() {
      return running.size;
    },
  };
}

/** With these no file could be opened. */
const OUT_OF_REACH: ReadonlySet<Checksums["status"]> = new Set(["gone", "denied"]);

/** These may be others the next time. */
const PASSING: ReadonlySet<Checksums["status"]> = new Set(["denied", "failed", "timeout"]);

function absence({ denied }: Process): Checksums["status"] {
  return denied?.includes("path") ? "denied" : "gone";
}

function partOf(subject: ChecksumPart["subject"], from: Digests | FileResult | undefined): ChecksumPart {
  if (from === undefined) return { subject, digests: undefined, otherwise: "pending" };
  if (!("ok" in from)) return { subject, digests: from, otherwise: "pending" };
  if (from.ok) return { subject, digests: from.digests, otherwise: "pending" };
  return { subject, digests: undefined, otherwise: from.failure };
}
