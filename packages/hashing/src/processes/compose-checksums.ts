import type { Checksums } from "@procmon/core";
import { type Algorithm, type ChecksumSubject, checksumKey, type Digests, hasAll } from "../algorithms/algorithm.ts";

/** The checksums of one part of what a process runs: `digests` where they are known, else why not. */
export interface ChecksumPart {
  readonly subject: ChecksumSubject;
  readonly digests: Digests | undefined;
  /** What to say where one of them is missing. */
  readonly otherwise: Checksums["status"];
}

/** Puts the parts together. What is pending is said first, then the first part that is missing. */
export function composeChecksums(parts: readonly ChecksumPart[], algorithms: readonly Algorithm[]): Checksums {
  const checksums: Record<string, string> = {};
  let status: Checksums["status"] = "ok";
  for (const { subject, digests, otherwise } of parts) {
    for (const algorithm of algorithms) {
      const digest = digests?.[algorithm];
      // A file without fs-verity has an empty one.
      if (digest !== undefined && digest !== "") checksums[checksumKey(algorithm, subject)] = digest;
    }
    if (!hasAll(digests, algorithms) && (status === "ok" || otherwise === "pending")) status = otherwise;
  }
  return { status, checksums };
}
