import type { Traffic } from "@procmon/core";
import { forEachListed } from "../records/listed-records.ts";
import { SOCKET_FLAGS } from "../records/record-flags.ts";
import { ticksOf } from "../records/record-head.ts";
import { decodeSocketRecord, type SocketRecord } from "../records/socket-record.ts";
import type { DescribeProcess } from "../sockets/describe-holder.ts";
import { createTrafficAccount } from "./traffic-account.ts";

/** Counts the payload of processes and connections. */
export interface SocketTraffic {
  /** Before the first record of a closed socket is noted: what sockets have carried until now is not counted. */
  begin(): Promise<void>;
  /** A connection, or a socket without connections, is over. */
  noteClosed(record: SocketRecord): void;
  /** Who has moved how much since `begin`. All that ask at the same time get the same. */
  read(): Promise<Traffic>;
  /** For `MonitorMethod.stats`. */
  stats(): Readonly<Record<string, number>>;
}

/** What it works with. */
export interface SocketTrafficParts {
  /** Runs the kernel's iterator of remembered sockets, and gives all that it writes. */
  readTraffic(): Promise<Uint8Array>;
  /** Reads now what the kernel has told until now: sockets that are not listed any more have been noted as closed then. */
  flush(): Promise<unknown>;
  /** Names a process that lives. */
  readonly describe: DescribeProcess;
  /** Names one that may have ended. */
  readonly recall?: DescribeProcess;
  /** Nanoseconds since the epoch. */
  now(): bigint;
}

/** Nobody's, or the kernel's. */
const WITHOUT_PROCESS = SOCKET_FLAGS.kernel | SOCKET_FLAGS.unknownOwner;

/** Makes the counter. */
export function createTraffic(parts: SocketTrafficParts): SocketTraffic {
  const { readTraffic, flush, describe, recall, now } = parts;
  const account = createTrafficAccount({ describe, recall });
  /** Sockets that were closed since the list was begun that is being read: all that they have carried is counted already. */
  let closedMeanwhile: Set<number> | undefined;
  let reading: Promise<Traffic> | undefined;

  async function read(): Promise<Traffic> {
    const closed = new Set<number>();
    closedMeanwhile = closed;
    try {
      const list = await readTraffic();
      await flush();
      account.sweep();
      forEachListed(list, (view, offset, length) => {
        const record = decodeSocketRecord(view, offset, length);
        if (record === undefined || closed.has(record.cookie) || !isTransfer(record)) return;
        account.addLive(countsOf(record), ownerOf(record), record.connection);
      });
      return { time: now(), processes: account.processes() };
    } finally {
      closedMeanwhile = undefined;
      reading = undefined;
    }
  }

  return {
    async begin() {
      const list = await readTraffic();
      forEachListed(list, (view, offset, length) => {
        const record = decodeSocketRecord(view, offset, length);
        // The kernel has counted these since before it was asked to.
        if (record && !(record.flags & SOCKET_FLAGS.began)) account.skip(countsOf(record));
      });
    },
    noteClosed(record) {
      closedMeanwhile?.add(record.cookie);
      if (!(record.flags & WITHOUT_PROCESS)) account.addClosed(countsOf(record), ownerOf(record));
    },
    read() {
      reading ??= read();
      return reading;
    },
    stats: () => ({ trafficSockets: account.stats.sockets, trafficProcesses: account.stats.processes }),
  };
}

/** True for what has a process, and can carry anything: a listener cannot. */
function isTransfer({ flags, connection }: SocketRecord): boolean {
  if (flags & WITHOUT_PROCESS) return false;
  return connection.dstPort !== 0 || (connection.protocol !== "tcp" && connection.protocol !== "tcp6");
}

function countsOf({ cookie, sent, received }: SocketRecord) {
  return { cookie, sent: Number(sent), received: Number(received) };
}

function ownerOf({ pid, start }: SocketRecord) {
  return { pid, startTime: ticksOf(start) };
}
