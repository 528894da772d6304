import {
  type CacheStats,
  type Checksums,
  DEFAULT_PROCFS,
  type Hasher,
  type HasherHost,
  type ProcessStore,
  ProcmonError,
} from "@procmon/core";
import { createActiveAlgorithms } from "./algorithms/active-algorithms.ts";
import { type Algorithm, checksumKey } from "./algorithms/algorithm.ts";
import { type ChangeTeller, createChangeTeller } from "./changes/change-teller.ts";
import { createFileHashes, type FileHashes } from "./files/file-hashes.ts";
import { checkAlgorithm, type HashingOptions, hashingSettings } from "./options.ts";
import { type Announcements, createAnnouncements } from "./processes/announcements.ts";
import { mayBeRenewed } from "./processes/image-key.ts";
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
export interface Hashing extends Required<Hasher> {
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
    const algorithms = active.list;
    const files = createFileHashes({ procfs, pool, settings, algorithms });
    const history: ProcessStore["history"] = (process) => host?.processes.history(process) ?? [];
    made = { files, hashes: createProcessHashes({ procfs, files, pool, settings, algorithms, history }) };
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
      if (host !== undefined) throw unfit("This hasher is in use by a monitor already.");
      if (stopping !== undefined) throw unfit("This hasher has been stopped.");
      host = given;
      // What was asked for until now was of the processes of here.
      if (given.procfs.root !== DEFAULT_PROCFS.root) made = undefined;
      const { hashes } = machinery();
      changes = createChangeTeller(given, hashes, settings.cacheCapacity);
      announcements = createAnnouncements(given, hashes);
    },

    peek(process, execTime) {
      if (active.list().length === 0) return undefined;
      const { hashes } = machinery();
      const known = hashes.known(process, execTime);
      if (known === undefined || stopping !== undefined) return known && ended(known);
      const { announce } = announcements ?? { announce: hashes.find };
      const told = known.status === "pending" ? announce(process, execTime) : undefined;
      if (execTime !== undefined) changes?.note(process, execTime, told);
      return told === undefined ? ended(known) : known;
    },

    async hash(process, signal) {
      if (active.list().length === 0) return undefined;
      const { hashes } = machinery();
      const known = hashes.known(process);
      if (known === undefined || signal?.aborted) return known;
      // Without a monitor nothing tells that the process has executed something else since. What could not be read is not tried at once.
      const isOld = host === undefined && mayBeRenewed(process) && LASTING.has(known.status);
      if (known.status !== "pending" && !isOld) return known;
      await orAborted(hashes.find(process), signal);
      return hashes.known(process);
    },

    enable(algorithm) {
      if (active.add(checkAlgorithm(algorithm))) void announcements?.announceAll();
    },

    disable(algorithm) {
      if (!active.remove(checkAlgorithm(algorithm))) return;
      made?.files.forget(algorithm);
      made?.hashes.forget(algorithm);
      changes?.forget(algorithm);
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

/** These hold until something else is executed. */
const LASTING: ReadonlySet<Checksums["status"]> = new Set(["ok", "gone", "changed"]);

/** Of what nobody finds out any more. */
function ended({ status, checksums }: Checksums): Checksums {
  return { status: status === "pending" ? "failed" : status, checksums };
}

/** Waits no longer than until the signal is aborted. */
function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const end = (): void => resolve();
    signal.addEventListener("abort", end);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", end));
  });
}

function unfit(message: string): ProcmonError {
  return new ProcmonError({ code: "PLUGIN_INVALID", message, remedy: "Make one with hashing() for each monitor." });
}
