import type { HasherHost, Process } from "@procmon/core";
import { type Algorithm, type ChecksumSubject, checksumKey, type Digests } from "../algorithms/algorithm.ts";
import { shortKey } from "../files/short-key.ts";
import type { ProcessHashes } from "../processes/process-hashes.ts";
import { createPathHistory } from "./path-history.ts";
import { pathScope } from "./path-scope.ts";

/** Tells where a path has been run before with other contents. */
export interface ChangeTeller {
  /**
   * The process began to run its executable, and its script, at this time. They are compared after all that was noted of the same path before, so
   * that what is known late is told in its turn; nothing is where their checksums are not known by then. What is told comes after the
   * caller has gone on, and never throws.
   *
   * @param ready when their checksums are known; now, without.
   */
  note(process: Process, execTime: bigint, ready?: Promise<void>): void;
  /** Drops the checksums of one algorithm. */
  forget(algorithm: Algorithm): void;
}

/** Notes that wait for their turn, at most: what is noted beyond is passed over. */
const MAX_WAITING = 8192;

/** Makes one; `capacity` is the number of paths that are remembered. */
export function createChangeTeller(host: HasherHost, hashes: ProcessHashes, capacity: number): ChangeTeller {
  const histories = { hash: createPathHistory(capacity), script: createPathHistory(capacity) };
  /** The last that waits for its turn, by path. */
  const turns = new Map<string, Promise<void>>();
  let waiting = 0;

  /** Acts soon, after all that was to act by this key before. */
  function inTurn(key: string, ready: Promise<void> | undefined, act: () => void): void {
    waiting++;
    const turn = Promise.all([turns.get(key), ready])
      .then(act)
      .catch((error: unknown) => host.log.warn("A changed checksum could not be told.", { error }))
      .finally(() => {
        waiting--;
        if (turns.get(key) === turn) turns.delete(key);
      });
    turns.set(key, turn);
  }

  function tell(process: Process, path: string, subject: ChecksumSubject, previous: Digests | undefined): void {
    if (previous === undefined || host.signal.aborted) return;
    const told: Record<string, string> = {};
    for (const [algorithm, digest] of Object.entries(previous)) {
      if (digest !== "") told[checksumKey(algorithm as Algorithm, subject)] = digest;
    }
    host.emit({ type: "checksum-change", process, path, previous: told });
  }

  return {
    note(process, execTime, ready) {
      if (waiting >= MAX_WAITING) return;
      let scope: string | undefined;
      const readScope = (): string => {
        scope ??= pathScope(host.procfs, process);
        return scope;
      };
      // Soon, while the process lives.
      queueMicrotask(readScope);
      const compare = (subject: "hash" | "script", path: string | undefined): void => {
        if (path === undefined) return;
        inTurn(shortKey(`${subject} ${path}`), ready, () => {
          const { executable, script } = hashes.digests(process, execTime);
          const digests = subject === "hash" ? executable : script;
          if (digests === undefined) return;
          tell(process, path, subject, histories[subject].note(readScope(), path, execTime, digests));
        });
      };
      compare("hash", process.path);
      compare("script", process.script?.path);
    },
    forget(algorithm) {
      for (const history of Object.values(histories)) history.forget(algorithm);
    },
  };
}
