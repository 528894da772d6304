import { type Algorithm, type Digests, withoutAlgorithm } from "../algorithms/algorithm.ts";
import { createRecentMap } from "../cache/recent-map.ts";
import type { FileResult } from "../files/file-hashes.ts";

/** What was found out about what a process runs. */
export interface ImageResult {
  /** What was asked for. */
  readonly algorithms: readonly Algorithm[];
  readonly executable: FileResult;
  /** Where the executable has no file that can be opened, its image in memory. */
  readonly memory?: Digests;
  /** Absent where no script runs. */
  readonly script?: FileResult;
  /** When to look again, by `performance.now()`; absent where that would be of no use. */
  readonly retryAt?: number;
}

/** Results by image, as `ImageKeys` names it. The least recently used are forgotten. */
export interface ImageResults {
  get(key: string): ImageResult | undefined;
  set(key: string, result: ImageResult): void;
  /** Drops the checksums of one algorithm, and nothing else. */
  forget(algorithm: Algorithm): void;
  readonly size: number;
}

/** Makes an empty one. */
export function createImageResults(capacity: number): ImageResults {
  const results = createRecentMap<string, ImageResult>(capacity);
  return {
    get(key) {
      const result = results.get(key);
      if (result?.retryAt === undefined || result.retryAt > performance.now()) return result;
      results.delete(key);
      return undefined;
    },
    set: results.set,
    forget: (algorithm) => results.replaceAll((result) => withoutChecksums(result, algorithm)),
    get size() {
      return results.size;
    },
  };
}

function withoutChecksums(result: ImageResult, algorithm: Algorithm): ImageResult {
  const { algorithms, executable, memory, script } = result;
  return {
    ...result,
    algorithms: algorithms.filter((each) => each !== algorithm),
    executable: without(executable, algorithm),
    ...(memory === undefined ? {} : { memory: withoutAlgorithm(memory, algorithm) }),
    ...(script === undefined ? {} : { script: without(script, algorithm) }),
  };
}

function without(result: FileResult, algorithm: Algorithm): FileResult {
  return result.ok ? { ...result, digests: withoutAlgorithm(result.digests, algorithm) } : result;
}
