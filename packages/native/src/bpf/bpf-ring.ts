import type { AddonBpfRing } from "../addon.ts";
import type { NativeError } from "../native-error.ts";
import { describeFailure } from "./bpf-error.ts";

/** How a ring is read. */
export interface BpfRingOptions {
  /**
   * Takes a batch, as `forEachRecord` reads it: never empty. Its bytes are valid until this returns, since the next batch is written over it. One that
   * throws is an uncaught exception.
   */
  onBatch(batch: Buffer): void;
  /** The ring cannot be read any more. Not called after `stop`. */
  onError(error: NativeError): void;
  /** Milliseconds between two batches at least, so that many records share one wake-up. @default 5 */
  readonly intervalMs?: number;
  /**
   * Bytes of one batch; a full one is handed over at once, and what does not fit waits in the ring. 4 KiB to 64 MiB. A record that is larger comes
   * in a batch of its own. @default 1 MiB
   */
  readonly batchBytes?: number;
}

/** A thread that reads a ring. It keeps this Node.js process alive, unless told otherwise. */
export interface BpfRingReader {
  /** Has the ring drained now, and hands over what there is, whatever the interval. The batch comes like any other: not within this call. */
  nudge(): void;
  stats(): BpfRingStats;
  /** No batch comes after this. Idempotent. */
  stop(): void;
  ref(): void;
  unref(): void;
}

/** Counters since the start. */
export interface BpfRingStats {
  /** Taken from the ring. What programs could not put there is theirs to count. */
  readonly records: number;
  /** Of these records. */
  readonly bytes: number;
  readonly batches: number;
  /** How often a full batch made the thread wait for JavaScript. */
  readonly stalls: number;
  /** How often there was something to read of which the kernel had not told: the thread looks once a second. */
  readonly rescues: number;
}

/** What the addon calls with a batch, of which so many bytes count, or an errno. */
export function deliverTo({
  onBatch,
  onError,
}: BpfRingOptions): (batch: Buffer | undefined, errno: number | undefined, length: number | undefined) => void {
  return (batch, errno, length) => {
    if (batch) onBatch(length === undefined ? batch : batch.subarray(0, length));
    if (errno !== undefined) onError(describeFailure(errno, "ring", ""));
  };
}

/** The options that the addon takes, with their defaults. */
export function ringConfig(options: BpfRingOptions): Required<Pick<BpfRingOptions, "intervalMs" | "batchBytes">> {
  const { intervalMs = 5, batchBytes = 1 << 20 } = options;
  return { intervalMs, batchBytes };
}

/** Wraps what the addon gives. */
export function wrapRing(ring: AddonBpfRing, onStop: () => void): BpfRingReader {
  return {
    nudge: () => ring.nudge(),
    stats() {
      const [records = 0, bytes = 0, batches = 0, stalls = 0, rescues = 0] = ring.stats();
      return { records, bytes, batches, stalls, rescues };
    },
    stop() {
      ring.stop();
      onStop();
    },
    ref: () => ring.ref(),
    unref: () => ring.unref(),
  };
}
