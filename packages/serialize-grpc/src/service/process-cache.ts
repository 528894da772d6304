import type { Process } from "@procmon/core";
import { encodeProcess } from "../procmon-v1/encode-process.ts";

/** Processes that have been encoded lately: an exec, its connections and their ends often tell of one. */
export interface ProcessCache {
  encode(process: Process): Buffer;
}

/** Of one generation; there are two. */
const MOST_PROCESSES = 512;
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * Makes an empty cache, of processes with or without their environment. It keeps no process in memory: one may have megabytes of what is not encoded.
 */
export function createProcessCache(env: boolean): ProcessCache {
  let young = new WeakMap<Process, Buffer>();
  let old = new WeakMap<Process, Buffer>();
  let count = 0;
  let bytes = 0;

  function keep(process: Process, encoded: Buffer): void {
    bytes += encoded.length;
    young.set(process, encoded);
    if (++count < MOST_PROCESSES && bytes < MOST_BYTES) return;
    old = young;
    young = new WeakMap();
    count = 0;
    bytes = 0;
  }

  return {
    encode(process) {
      const known = young.get(process) ?? old.get(process);
      if (known !== undefined) return known;
      const encoded = encodeProcess(process, { env });
      keep(process, encoded);
      return encoded;
    },
  };
}
