import type { ChecksumStatus } from "@procmon/core";
import type { ComputedAlgorithm } from "../algorithms/algorithm.ts";

/** Why there are no checksums. */
export type HashFailure = Exclude<ChecksumStatus, "ok" | "pending">;

/** What became of a computation. */
export type HashOutcome =
  | { readonly ok: true; readonly digests: Readonly<Partial<Record<ComputedAlgorithm, string>>> }
  | FailedHash;

/** A computation that came to nothing. */
export interface FailedHash {
  readonly ok: false;
  readonly failure: HashFailure;
  readonly reason: string;
  /** True where that says nothing of the file: it may be asked for again at once. */
  readonly busy?: true;
}
