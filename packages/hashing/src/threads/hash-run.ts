import { GO_ON } from "./hash-messages.ts";
import type { FailedHash } from "./hash-outcome.ts";

/** One computation on its way. */
export interface HashRun {
  /** What is read goes here. */
  readonly chunk: Buffer;
  /** Bytes read until now. */
  bytes: number;
  /** Why it has to end now; undefined as long as it may go on. */
  interruption(): FailedHash | undefined;
  /** Waits, at most until the deadline or until it is interrupted. Blocks the thread. */
  sleep(milliseconds: number): void;
}

/** What is told of a computation that is not done in time. */
export const TIMED_OUT: FailedHash = { ok: false, failure: "timeout", reason: "it takes longer than the time limit" };

/** What is told of a computation that nobody waits for any more. */
export const STOPPED: FailedHash = {
  ok: false,
  failure: "failed",
  reason: "the computation of checksums was stopped",
  busy: true,
};

/** Begins one. `flag` is that of {@link HashThreadData}; `deadline` counts as `process.hrtime.bigint()` does. */
export function createHashRun(chunk: Buffer, flag: Int32Array, deadline: bigint): HashRun {
  return {
    chunk,
    bytes: 0,
    interruption() {
      if (Atomics.load(flag, 0) !== GO_ON) return STOPPED;
      return process.hrtime.bigint() >= deadline ? TIMED_OUT : undefined;
    },
    sleep(milliseconds) {
      const left = Math.max(0, Number(deadline - process.hrtime.bigint()) / 1e6);
      Atomics.wait(flag, 0, GO_ON, Math.min(milliseconds, left));
    },
  };
}
