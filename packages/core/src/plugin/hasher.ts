import type { Process } from "../process/process.ts";

/** Computes checksums of the executables of processes. */
export interface Hasher {
  readonly kind: "hasher";
  readonly specVersion: 1;
  readonly name: string;
  /** Keys such as `process.hash.sha256`, as in `Process.checksums`. */
  readonly algorithms: readonly string[];
  /** The checksums that can be had; never rejects because a process has gone. */
  hash(process: Process, signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Gives back what it holds. Idempotent. */
  stop?(): Promise<void>;
}
