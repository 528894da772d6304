import type { CacheStats, Procfs } from "@procmon/core";
import { type Algorithm, type ComputedAlgorithm, type Digests, digestsOf, hasAll } from "../algorithms/algorithm.ts";
import { createDigestCache } from "../cache/digest-cache.ts";
import { createFailureCache } from "../cache/failure-cache.ts";
import type { HashingSettings } from "../options.ts";
import type { FailedHash, HashFailure } from "../threads/hash-outcome.ts";
import type { HashPool } from "../threads/hash-pool.ts";
import { closeDescriptor } from "./descriptor.ts";
import { fileKey } from "./file-key.ts";
import type { FileTarget } from "./file-target.ts";
import { createFileOpener } from "./open-file.ts";
import type { KnownFile } from "./opened-file.ts";
import { measureVerity } from "./verity.ts";

/** What became of the checksums of one file. */
export type FileResult = { readonly ok: true; readonly file: KnownFile; readonly digests: Digests } | FailedHash;

/** The checksums of files: each is computed once, however many ask for it at once. */
export interface FileHashes {
  /** What is known of this very content. */
  known(file: FileTarget["expected"]): Digests | undefined;
  /** Finds the file and computes what is not known; from then on it is `known` by the file that was found, and by the expected one. Never rejects. */
  hash(target: FileTarget, algorithms: readonly Algorithm[]): Promise<FileResult>;
  /** Forgets all checksums of this algorithm. */
  forget(algorithm: Algorithm): void;
  stats(): CacheStats;
  stop(): void;
}

/** What they are made with. */
export interface FileHashesOptions {
  readonly procfs: Procfs;
  readonly pool: HashPool;
  readonly settings: HashingSettings;
  /** What is asked for now: nothing else is kept. */
  algorithms(): readonly Algorithm[];
}

/** These say something of the file; the others of the way to it. */
const OF_THE_FILE: ReadonlySet<HashFailure> = new Set(["failed", "timeout", "too_large"]);

/** Makes it. */
export function createFileHashes({ procfs, pool, settings, algorithms: wanted }: FileHashesOptions): FileHashes {
  const { maxFileSize, timeLimitMs, cacheCapacity } = settings;
  const cache = createDigestCache({ capacity: cacheCapacity });
  const failures = createFailureCache({ capacity: cacheCapacity });
  const opener = createFileOpener({ procfs, timeLimitMs });
  /** By the expected file, so that it is opened once, and by the opened one, so that it is read once. */
  const finding = new Map<string, Promise<FileResult>>();
  const reading = new Map<string, Promise<FileResult>>();

  /** The digests, where none of them is missing. */
  function whole(file: FileTarget["expected"], algorithms: readonly Algorithm[]): Digests | undefined {
    const digests = file === undefined ? undefined : cache.get(file);
    return hasAll(digests, algorithms) ? digests : undefined;
  }

  /** What says something of the file itself holds for a while. */
  function remember(key: string, { failure, reason, busy }: FailedHash): void {
    if (!busy && OF_THE_FILE.has(failure)) failures.set(key, { failure, reason });
  }

  /** Once more where it was changed after it had been opened: perhaps only its name was removed, and then it is the same file still. */
  async function find(target: FileTarget, algorithms: readonly Algorithm[]): Promise<FileResult> {
    const result = await findOnce(target, algorithms);
    return result.ok || result.failure !== "changed" ? result : findOnce(target, algorithms);
  }

  /** Opens the file and has it read. */
  async function findOnce(target: FileTarget, algorithms: readonly Algorithm[]): Promise<FileResult> {
    const opened = await opener.open(target);
    if (!opened.ok) return opened;
    const { fd, file } = opened;
    const key = fileKey(file) ?? "";
    const failed = failures.get(key);
    if (failed !== undefined) {
      void closeDescriptor(fd);
      return { ok: false, ...failed };
    }
    const result = await shared(reading, `${key} ${algorithms}`, fd, () => read(fd, file, algorithms));
    // Of scripts it was not known before which file it is: one that hangs must not keep a thread for each process that runs it.
    if (!result.ok) remember(key, result);
    if (result.ok && target.expected !== undefined) cache.alias(target.expected, result.file);
    return result;
  }

  /** Takes over the descriptor. */
  async function read(fd: number, file: KnownFile, algorithms: readonly Algorithm[]): Promise<FileResult> {
    const verity = await measureVerity(fd);
    const ofSameContents = verity === undefined ? undefined : cache.getByVerity(verity);
    cache.set(file, { ...ofSameContents, fsverity: verity ?? "" });
    const digests = cache.get(file) ?? {};
    const missing = algorithms.filter((algorithm) => digests[algorithm] === undefined) as ComputedAlgorithm[];
    if (missing.length === 0) {
      await closeDescriptor(fd);
      return { ok: true, file, digests };
    }
    if (file.size > BigInt(maxFileSize)) {
      await closeDescriptor(fd);
      return { ok: false, failure: "too_large", reason: `It has ${file.size} bytes; the limit is ${maxFileSize}.` };
    }
    const outcome = await pool.hashFile({ fd, file, algorithms: missing, timeLimitMs, maxBytes: maxFileSize });
    if (!outcome.ok) return outcome;
    // What tells no size is made up by the kernel while it is read: its times say nothing of its contents.
    if (file.size > 0n) cache.set(file, digestsOf(wanted(), outcome.digests));
    return { ok: true, file, digests: { ...digests, ...outcome.digests } };
  }

  return {
    known: (file) => (file === undefined ? undefined : cache.get(file)),

    async hash(target, algorithms) {
      const { expected } = target;
      const digests = whole(expected, algorithms);
      if (digests !== undefined) return { ok: true, file: expected as KnownFile, digests };
      const key = expected === undefined ? undefined : fileKey(expected);
      if (key === undefined) return find(target, algorithms);
      const failed = failures.get(key);
      if (failed !== undefined) return { ok: false, ...failed };
      const isFirst = !finding.has(`${key} ${algorithms}`);
      const result = await shared(finding, `${key} ${algorithms}`, undefined, () => find(target, algorithms));
      if (result.ok) return result;
      if (OF_THE_FILE.has(result.failure)) remember(key, result);
      // The way to the file that was tried was another process's. All who waited go their own at once, not one after the other.
      else if (!isFirst) return find(target, algorithms);
      return result;
    },

    forget: (algorithm) => cache.forget(algorithm),
    stats: () => cache.stats(),
    stop: () => opener.stop(),
  };
}

/** Joins what runs already, and closes the descriptor that is then of no use. */
function shared(
  running: Map<string, Promise<FileResult>>,
  key: string,
  fd: number | undefined,
  begin: () => Promise<FileResult>,
): Promise<FileResult> {
  const current = running.get(key);
  if (current !== undefined) {
    if (fd !== undefined) void closeDescriptor(fd);
    return current;
  }
  const started = begin().finally(() => running.delete(key));
  running.set(key, started);
  return started;
}
