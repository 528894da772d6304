import { setTimeout as sleep } from "node:timers/promises";
import type { Capture, DatagramReader, NetlinkSocket } from "@procmon/native";
import type { NativeAccess } from "../native-access.ts";
import type { AuditSink } from "./audit-source.ts";
import { createBatchQueue } from "./batch-queue.ts";
import { createCaptureRules, decodeCaptures } from "./captures.ts";
import type { OnBroken, SourceSession } from "./kept-source.ts";
import { type AuditDatagram, readAuditDatagram } from "./record-datagram.ts";

/** How audit records are read from netlink. */
export interface NetlinkSourceOptions {
  readonly native: NativeAccess;
  readonly sink: AuditSink;
  /** Where the procfs is that processes are read from when their records arrive. */
  readonly procfsRoot: string;
  /** Whether the environment of processes is read, too. */
  readonly captureEnv: boolean;
  /** Bytes of records that the kernel holds for a busy reader. */
  readonly receiveBufferBytes: number;
  /** Milliseconds between two deliveries, at least. */
  readonly intervalMs: number;
}

/** Counters of all sessions of a source. */
export interface NetlinkCounts {
  records: number;
  /** Datagrams that the kernel had no room for. */
  dropped: number;
  garbage: number;
}

/** Counters at 0. */
export function netlinkCounts(): NetlinkCounts {
  return { records: 0, dropped: 0, garbage: 0 };
}

/** What else a session is made of. */
export interface NetlinkSessionParts {
  readonly socket: NetlinkSocket;
  readonly counts: NetlinkCounts;
  readonly onBroken: OnBroken;
  /** Takes what is no record. */
  onOther(datagram: AuditDatagram): void;
  /** Once nothing reads the socket any more, and before it is closed. */
  onClose?(): void;
}

/** A session, and what takes a datagram that has come by another way. */
export interface NetlinkSession extends SourceSession {
  take(datagram: Buffer, captures?: readonly Capture[]): void;
  /** Starts the thread that reads. @throws NativeError */
  read(): void;
}

/** After a loss the kernel drops on, silently, until all has been read: so it is looked for what no datagram tells of. */
const LOSS_CHECK_MS = 1000;
/** For so long, at most, it is waited for what has been read and not been delivered. */
const LAST_WAIT_MS = 500;
const LAST_STEP_MS = 2;
/** And so long it is worked on what has been read by then. */
const LAST_WORK_MS = 150;
/** Room for several of the longest datagrams. */
const DRAIN_BYTES = 256 * 1024;
/** What is worked through without a pause: about 3000 records. */
const BATCH_BYTES = 1024 * 1024;

/** Makes what brings the records of a socket to a sink, with what is read of the processes. The socket is its own from then on. */
export function createNetlinkSession(options: NetlinkSourceOptions, parts: NetlinkSessionParts): NetlinkSession {
  const { native, sink, procfsRoot, captureEnv, intervalMs } = options;
  const { socket, counts, onBroken, onOther, onClose } = parts;
  let reader: DatagramReader | undefined;
  let timer: NodeJS.Timeout | undefined;
  let delivered = 0;
  let dropped = 0;
  const queue = createBatchQueue(onBatch);

  function take(payload: Buffer, captures: readonly Capture[] = []): void {
    const datagram = readAuditDatagram(payload);
    if (datagram.kind === "record") {
      counts.records++;
      sink.record(datagram.record, captures.length === 0 ? undefined : decodeCaptures(native, captures));
    } else if (datagram.kind === "garbage") {
      counts.garbage++;
      sink.garbage();
    } else onOther(datagram);
  }

  function onBatch(batch: Uint8Array): void {
    // First, so that it explains the gaps that the batch shows.
    checkLoss();
    native.forEachDatagram(batch, {
      datagram({ payload, captures }) {
        delivered++;
        take(payload, captures);
      },
    });
    sink.idle();
  }

  function checkLoss(): void {
    const total = socket.dropped;
    const lost = total - dropped;
    dropped = total;
    counts.dropped += lost;
    if (lost > 0) sink.lost("overrun", lost);
  }

  /** Datagrams that the thread has read, and that have not been worked on. */
  function unread(): number {
    return reader === undefined ? 0 : reader.stats().datagrams - delivered;
  }

  /** Waits until there are none. */
  async function settle(): Promise<void> {
    const deadline = performance.now() + LAST_WAIT_MS + intervalMs;
    while (unread() > 0 && performance.now() < deadline) await sleep(LAST_STEP_MS);
  }

  /** Works on what has been handed over, and on what waits in the kernel still. */
  function finish(read: number): void {
    const deadline = performance.now() + LAST_WORK_MS;
    queue.finish(deadline);
    const left = read - delivered;
    if (left > 0) {
      counts.dropped += left;
      sink.lost("overrun", left);
      // What came after these would make them look as if they had been lost twice.
      return;
    }
    const into = Buffer.allocUnsafe(DRAIN_BYTES);
    for (let bytes = socket.receiveBufferBytes; bytes > 0 && performance.now() < deadline; ) {
      const batch = socket.receive(into, 0);
      if (batch === undefined) return;
      onBatch(batch);
      bytes -= batch.length;
    }
  }

  return {
    take,
    read() {
      reader = socket.read({
        onBatch: queue.add,
        onError: (error) => onBroken(`The audit socket cannot be read any more: ${error.message}`),
        captures: createCaptureRules(process.arch, captureEnv),
        procfsRoot,
        urgent: true,
        intervalMs,
        batchBytes: BATCH_BYTES,
      });
      // Who waits for events keeps the program alive; the source does not.
      reader.unref();
      timer = setInterval(checkLoss, LOSS_CHECK_MS).unref();
    },
    async close() {
      clearInterval(timer);
      try {
        await settle();
        const read = delivered + unread();
        reader?.stop();
        onClose?.();
        finish(read);
      } catch {
        // It is broken: there is nothing more in it.
      } finally {
        queue.finish(0);
        socket.close();
      }
    },
  };
}
