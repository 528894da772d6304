import type { AddonNetlinkSocket } from "../addon.ts";
import { errnoError, type NativeError } from "../native-error.ts";
import { addonRules, type CaptureRule, type TextCaptureRule } from "./capture-rules.ts";

/** How a socket is read. */
export interface DatagramReaderOptions {
  /** Takes a batch, as `forEachDatagram` reads it: never empty, and the reader's to keep. One that throws is an uncaught exception. */
  onBatch(batch: Buffer): void;
  /** The socket cannot be read any more. Not called after `stop`. */
  onError(error: NativeError): void;
  /** Milliseconds between two batches at least, so that many datagrams share one wake-up. @default 5 */
  readonly intervalMs?: number;
  /** Bytes of one batch at most; what does not fit waits in the kernel. 64 KiB to 64 MiB. @default 4 MiB */
  readonly batchBytes?: number;
  /**
   * Run the thread as soon as something arrives, so that `captures` come in time: in real time where that is allowed (CAP_SYS_NICE), else with a
   * short slice (Linux 6.12). @default false
   */
  readonly urgent?: boolean;
  /** What is read of processes: up to 24 rules, of which the first that holds for a datagram counts. @default nothing */
  readonly captures?: readonly (CaptureRule | TextCaptureRule)[];
  /** Where the procfs is that `captures` are read from. @default "/proc" */
  readonly procfsRoot?: string;
}

/** A thread that reads a socket. It keeps this Node.js process alive, unless told otherwise. */
export interface DatagramReader {
  ref(): void;
  unref(): void;
  stats(): DatagramReaderStats;
  /** No batch comes after this. Idempotent. */
  stop(): void;
}

/** Counters since the start. */
export interface DatagramReaderStats {
  /** Datagrams taken from the kernel. */
  readonly datagrams: number;
  readonly batches: number;
  /** Datagrams longer than the largest that is read. */
  readonly truncated: number;
  /** How often the kernel said that it had dropped some. */
  readonly overruns: number;
  /** How often a full batch made the thread wait for JavaScript. */
  readonly stalls: number;
  /** How often there was something to read of which the kernel had not told: the thread looks once a second. */
  readonly rescues: number;
  /** How soon the scheduler runs the thread: `none` unless it is to be `urgent`. */
  readonly urgency: Urgency;
}

/** In the order of `Urgency` of `addon/thread_urgency.h`. */
const URGENCIES = ["none", "short-slice", "real-time"] as const;

/** How soon a thread runs when something arrives for it: like any other, before its turn, or before all that are not in real time. */
export type Urgency = (typeof URGENCIES)[number];

/** Starts the thread. */
export function createDatagramReader(socket: AddonNetlinkSocket, options: DatagramReaderOptions): DatagramReader {
  const { onBatch, onError, intervalMs = 5, batchBytes = 4 << 20, urgent = false } = options;
  const { captures = [], procfsRoot = "/proc" } = options;
  socket.start({ intervalMs, batchBytes, urgent, captures: addonRules(captures), procfsRoot }, (batch, errno) => {
    if (batch) onBatch(batch);
    if (errno !== undefined) onError(errnoError(errno, "recvmmsg"));
  });
  return {
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    stats() {
      const [datagrams = 0, batches = 0, truncated = 0, overruns = 0, stalls = 0, rescues = 0, level = 0] =
        socket.readerStats();
      return { datagrams, batches, truncated, overruns, stalls, rescues, urgency: URGENCIES[level] ?? "none" };
    },
    stop: () => socket.stop(),
  };
}
