import type { ChecksumStatus } from "@procmon/core";
import type { ComputedAlgorithm } from "../algorithms/algorithm.ts";

/** Why there are no checksums. */
export type HashFailure = Exclude<ChecksumStatus, "ok" | "pending">;

/** What became of a computation. */
export type HashOutcome =
  | { readonly ok: true; readonly digests: Readonly<Partial<Record<ComputedAlgorithm, string>>> }
  | { readonly ok: false; readonly failure: HashFailure; readonly reason: string };
