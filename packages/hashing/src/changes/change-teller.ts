import type { HasherHost, Process } from "@procmon/core";
import { type Algorithm, type ChecksumSubject, checksumKey, type Digests } from "../algorithms/algorithm.ts";
import type { ProcessHashes } from "../processes/process-hashes.ts";
import { createPathHistory } from "./path-history.ts";
import { pathScope } from "./path-scope.ts";

/** Tells where a path has been run before with other contents. */
export interface ChangeTeller {
  /** The process began to run its executable, and its script, at this time. Does nothing while their checksums are not known. */
  note(process: Process, execTime: bigint): void;
}

/** Makes one; `capacity` is the number of paths that are remembered. */
export function createChangeTeller(host: HasherHost, hashes: ProcessHashes, capacity: number): ChangeTeller {
  const executables = createPathHistory(capacity);
  const scripts = createPathHistory(capacity);

  function tell(process: Process, path: string, subject: ChecksumSubject, previous: Digests | undefined): void {
    if (previous === undefined) return;
    const told: Record<string, string> = {};
    for (const [algorithm, digest] of Object.entries(previous)) {
      if (digest !== "") told[checksumKey(algorithm as Algorithm, subject)] = digest;
    }
    host.emit({ type: "checksum-change", process, path, previous: told });
  }

  return {
    note(process, execTime) {
      const { path, script } = process;
      const digests = hashes.digests(process);
      if (path === undefined || (digests.executable === undefined && digests.script === undefined)) return;
      const scope = pathScope(host.procfs, process);
      if (digests.executable !== undefined) {
        tell(process, path, "hash", executables.note(scope, path, execTime, digests.executable));
      }
      if (script !== undefined && digests.script !== undefined) {
        tell(process, script.path, "script", scripts.note(scope, script.path, execTime, digests.script));
      }
    },
  };
}
