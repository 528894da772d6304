import { availableParallelism } from "node:os";
import { ProcmonError } from "@procmon/core";
import { ALGORITHMS, type Algorithm } from "./algorithms/algorithm.ts";
import { blake3Fault } from "./threads/hash-states.ts";

/** Options of `hashing`. */
export interface HashingOptions {
  /** What to compute from the beginning. @default ["sha256"] */
  readonly algorithms?: readonly Algorithm[];
  /** Bytes of one file at most; larger ones are `too_large`. @default 2 GiB */
  readonly maxFileSize?: number;
  /** Milliseconds for one file at most, from when it is asked for; then it is `timeout`. @default 30000 */
  readonly timeLimitMs?: number;
  /** Files whose checksums are kept, at most. @default 4096 */
  readonly cacheCapacity?: number;
  /** Threads that compute, at most. They are started when there is work, and end without. @default the number of processors, 4 at most */
  readonly threads?: number;
  /** Sum up the executable as it is mapped in memory, where no file can be opened. @default true */
  readonly memoryImages?: boolean;
}

/** All of them. */
export type HashingSettings = Required<HashingOptions>;

const MAX_THREADS = 64;
const DEFAULT_THREADS = 4;
/** The longest time that a timer of Node.js takes, in milliseconds. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** @throws ProcmonError `INVALID_OPTION` */
export function hashingSettings(options: HashingOptions): HashingSettings {
  if (typeof options !== "object" || options === null)
    throw invalid("The options must be an object.", "Leave them out.");
  const { algorithms = ["sha256"], memoryImages = true } = options;
  if (!Array.isArray(algorithms)) throw invalid("algorithms must be a list.", `Use some of ${ALGORITHMS.join(", ")}.`);
  for (const algorithm of algorithms) checkAlgorithm(algorithm);
  if (typeof memoryImages !== "boolean") throw invalid("memoryImages must be true or false.", "Leave it out for true.");
  return {
    // Once each, so that one `disable` is enough.
    algorithms: [...new Set(algorithms)],
    memoryImages,
    maxFileSize: count(options, "maxFileSize", 2 * 1024 ** 3),
    timeLimitMs: Math.min(LONGEST_TIMER_MS, count(options, "timeLimitMs", 30_000)),
    cacheCapacity: count(options, "cacheCapacity", 4096),
    threads: Math.min(MAX_THREADS, count(options, "threads", Math.min(DEFAULT_THREADS, availableParallelism()))),
  };
}

/** @throws ProcmonError `INVALID_OPTION` for one that is not known, or that cannot be computed here. */
export function checkAlgorithm(algorithm: unknown): Algorithm {
  if (!ALGORITHMS.includes(algorithm as Algorithm)) {
    throw invalid(`There is no algorithm ${shown(algorithm)}.`, `Use some of ${ALGORITHMS.join(", ")}.`);
  }
  const fault = algorithm === "blake3" ? blake3Fault() : undefined;
  if (fault !== undefined) throw invalid(fault, "Install it with: npm install @napi-rs/blake-hash");
  return algorithm as Algorithm;
}

type CountName = "maxFileSize" | "timeLimitMs" | "cacheCapacity" | "threads";

function count(options: HashingOptions, name: CountName, otherwise: number): number {
  const value = options[name] ?? otherwise;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(`${name} must be a positive integer.`, `Leave it out for ${otherwise}.`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : `that is a ${typeof value}`;
}

function invalid(message: string, remedy: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_OPTION", message, remedy });
}
