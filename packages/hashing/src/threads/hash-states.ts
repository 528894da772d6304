import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type { ComputedAlgorithm } from "../algorithms/algorithm.ts";

/** Computes several checksums of the same bytes. */
export interface HashStates {
  update(bytes: Buffer): void;
  /** Of all bytes until now, in lower-case hex. Ends it. */
  digests(): Partial<Record<ComputedAlgorithm, string>>;
}

/** One of them, of whichever library. */
interface HashState {
  update(bytes: Buffer): unknown;
  digest(encoding: "hex"): string;
}

/** As much of `@napi-rs/blake-hash` as is used. */
interface BlakeModule {
  readonly Blake3Hasher: new () => HashState;
}

const require = createRequire(import.meta.url);

/** Throws where an algorithm is not to be had: blake3 without its package, md5 where the system's policy forbids it. */
export function createHashStates(algorithms: readonly ComputedAlgorithm[]): HashStates {
  const states = algorithms.map((algorithm) => [algorithm, createState(algorithm)] as const);
  return {
    update(bytes) {
      for (const [, state] of states) state.update(bytes);
    },
    digests: () => Object.fromEntries(states.map(([algorithm, state]) => [algorithm, state.digest("hex")])),
  };
}

/** Why blake3 cannot be computed here, in words; undefined where it can. Loads the optional package that does it. */
export function blake3Fault(): string | undefined {
  try {
    createState("blake3").update(Buffer.alloc(0));
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "MODULE_NOT_FOUND") return "the package @napi-rs/blake-hash is not installed";
    return `the package @napi-rs/blake-hash cannot be loaded: ${message}`;
  }
}

function createState(algorithm: ComputedAlgorithm): HashState {
  if (algorithm !== "blake3") return createHash(algorithm);
  const { Blake3Hasher } = require("@napi-rs/blake-hash") as BlakeModule;
  return new Blake3Hasher();
}
