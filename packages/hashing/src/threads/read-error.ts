import type { FailedHash, HashFailure } from "./hash-outcome.ts";

const FAILURES: ReadonlyMap<unknown, HashFailure> = new Map([
  ["ENOENT", "gone"],
  ["ESRCH", "gone"],
  // The server of a network file system does not know the file any more.
  ["ESTALE", "gone"],
  ["EACCES", "denied"],
  ["EPERM", "denied"],
]);

/** What to tell of an error that ended a computation: one of read(2), mostly. */
export function readError(error: unknown): FailedHash {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const reason = String(code ?? (error instanceof Error ? error.message : error));
  return { ok: false, failure: FAILURES.get(code) ?? "failed", reason };
}
