import { type CacheStats, DEFAULT_PROCFS, type Hasher, type HasherHost, ProcmonError } from "@procmon/core";
import { createActiveAlgorithms } from "./algorithms/active-algorithms.ts";
import { type Algorithm, checksumKey } from "./algorithms/algorithm.ts";
import { type ChangeTeller, createChangeTeller } from "./changes/change-teller.ts";
import { createFileHashes, type FileHashes } from "./files/file-hashes.ts";
import { checkAlgorithm, type HashingOptions, hashingSettings } from "./options.ts";
import { type Announcements, createAnnouncements } from "./processes/announcements.ts";
import { createProcessHashes, type ProcessHashes } from "./processes/process-hashes.ts";
import { createHashPool, type HashPoolStats } from "./threads/hash-pool.ts";

/** Counters since it was made. */
export interface HashingStats {
  /** The checksums that are kept, by file. */
  readonly files: CacheStats;
  /** Processes whose checksums are being found. */
  readonly pending: number;
  readonly threads: HashPoolStats;
}

/** Computes checksums of what processes run. */
export interface Hashing extends Hasher {
  /**
   * Asks for one more algorithm: what is missing of the living processes is computed, and told by events `checksum`. Whoever enables one that is
   * active already makes it active twice.
   *
   * @throws ProcmonError `INVALID_OPTION`
   */
  enable(algorithm: Algorithm): void;
  /** Takes back one `enable`, or one of the options. Once nobody asks for it any more, all checksums of this algorithm are forgotten. */
  disable(algorithm: Algorithm): void;
  stats(): HashingStats;
}

/**
 * Makes a hasher for `monitor.use()`. Nothing is computed in the thread that calls it, and nothing before it is asked for.
 *
 * @throws ProcmonError `INVALID_OPTION`
 *
 * @example
 * monitor.use(hashing({ algorithms: ["sha256"] }));
 * const process = await monitor.findProcess(pid);
 * console.log(process?.checksumStatus, process?.checksums?.["process.hash.sha256"]);
 */
export function hashing(options: HashingOptions = {}): Hashing {
  const settings = hashingSettings(options);
  const active = createActiveAlgorithms();
  for (const algorithm of settings.algorithms) active.add(algorithm);
  const pool = createHashPool({ threads: settings.threads });
  let host: HasherHost | undefined;
  let changes: ChangeTeller | undefined;
  let announcements: Announcements | undefined;
  let made: { readonly files: FileHashes; readonly hashes: ProcessHashes } | undefined;
  let stopping: Promise<void> | undefined;

  /** Made when they are needed: only then it is known which procfs is meant. */
  function machinery(): { readonly files: FileHashes; readonly hashes: ProcessHashes } {
    if (made !== undefined) return made;
    const procfs = host?.procfs ?? DEFAULT_PROCFS;
    const files = createFileHashes({ procfs, pool, settings });
    made = { files, hashes: createProcessHashes({ procfs, files, pool, settings, algorithms: active.list }) };
    return made;
  }

  async function halt(): Promise<void> {
    made?.files.stop();
    await pool.stop();
  }

  return {
    kind: "hasher",
    specVersion: 1,
    name: "hashing",
    get algorithms() {
      return active.list().map((algorithm) => checksumKey(algorithm));
    },

    attach(given) {
      if (host !== undefined) throw inUse();
      host = given;
      const { hashes } = machinery();
      changes = createChangeTeller(given, hashes, settings.cacheCapacity);
      announcements = createAnnouncements(given, hashes, changes);
    },

    peek(process, execTime) {
      if (active.list().length === 0) return undefined;
      const known = machinery().hashes.known(process);
      if (known === undefined || stopping !== undefined) return known;
      if (known.status === "pending") announcements?.announce(process, execTime);
      else if (execTime !== undefined) changes?.note(process, execTime);
      return known;
    },

    async hash(process, signal) {
      if (active.list().length === 0) return undefined;
      const { hashes } = machinery();
      const known = hashes.known(process);
      if (known?.status !== "pending") return known;
      await orAborted(hashes.find(process), signal);
      return hashes.known(process);
    },

    enable(algorithm) {
      if (active.add(checkAlgorithm(algorithm))) announcements?.announceAll();
    },

    disable(algorithm) {
      if (!active.remove(checkAlgorithm(algorithm))) return;
      made?.files.forget(algorithm);
      made?.hashes.clear();
    },

    stats() {
      const { files, hashes } = machinery();
      return { files: files.stats(), pending: hashes.running, threads: pool.stats() };
    },

    stop() {
      stopping ??= halt();
      return stopping;
    },
  };
}

/** Waits no longer than until the signal is aborted. */
function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener("abort", end);
      resolve();
    };
    signal.addEventListener("abort", end);
    work.then(end);
    if (signal.aborted) end();
  });
}

function inUse(): ProcmonError {
  return new ProcmonError({
    code: "PLUGIN_INVALID",
    message: "This hasher is in use by a monitor already.",
    remedy: "Make one with hashing() for each monitor.",
  });
}
