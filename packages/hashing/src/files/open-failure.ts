import type { HashFailure } from "../threads/hash-outcome.ts";

/** Why a candidate is none. */
export interface Miss {
  readonly failure: HashFailure;
  /** For the log. */
  readonly reason: string;
}

/** What tells most comes first. */
const ORDER: readonly HashFailure[] = ["changed", "timeout", "denied", "failed", "gone"];

/** There is nothing at that path, or nobody that leads to it any more. ENXIO and ENODEV are of devices and sockets. */
const GONE: ReadonlySet<string> = new Set(["ENOENT", "ESRCH", "ENOTDIR", "ELOOP", "ESTALE", "ENXIO", "ENODEV"]);
const DENIED: ReadonlySet<string> = new Set(["EACCES", "EPERM"]);

/** What an error of `node:fs` means. */
export function missOf(error: unknown, path: string | Buffer): Miss {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? String(error);
  const failure = GONE.has(code) ? "gone" : DENIED.has(code) ? "denied" : "failed";
  return { failure, reason: `${code}: ${path}` };
}

/** Of several misses the one that tells most. */
export function worstMiss(misses: readonly Miss[]): Miss {
  for (const failure of ORDER) {
    const miss = misses.find((each) => each.failure === failure);
    if (miss !== undefined) return miss;
  }
  return { failure: "gone", reason: "nothing tells where the file is" };
}
