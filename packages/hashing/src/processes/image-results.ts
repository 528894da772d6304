import type { Process } from "@procmon/core";
import type { Algorithm, Digests } from "../algorithms/algorithm.ts";
import type { FileResult } from "../files/file-hashes.ts";
import { imageKey } from "./image-key.ts";

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

/** Results of processes, the least recently used of which are forgotten. */
export interface ImageResults {
  get(process: Process): ImageResult | undefined;
  set(process: Process, result: ImageResult): void;
  clear(): void;
  readonly size: number;
}

/** Makes an empty one. */
export function createImageResults(capacity: number): ImageResults {
  const results = new Map<string, ImageResult>();
  return {
    get(process) {
      const key = imageKey(process);
      const result = results.get(key);
      if (result === undefined) return undefined;
      results.delete(key);
      if (result.retryAt !== undefined && result.retryAt <= performance.now()) return undefined;
      results.set(key, result);
      return result;
    },
    set(process, result) {
      const key = imageKey(process);
      results.delete(key);
      results.set(key, result);
      if (results.size <= capacity) return;
      const [oldest] = results.keys();
      if (oldest !== undefined) results.delete(oldest);
    },
    clear: () => results.clear(),
    get size() {
      return results.size;
    },
  };
}
