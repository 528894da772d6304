import type { CheckedConnection, ProcessIdentity, ProcessTraffic, SocketOwner } from "@procmon/core";
import type { DescribeProcess } from "../sockets/describe-holder.ts";

/** What a socket had carried when it was last looked at. */
export interface SocketCounts {
  readonly cookie: number;
  readonly sent: number;
  readonly received: number;
}

/** Adds up what sockets have carried, by the process that has them: each byte once, for whoever had the socket when it was seen to be carried. */
export interface TrafficAccount {
  /** What was carried before anybody counted, and is nobody's. Once, before all else. */
  skip(counts: SocketCounts): void;
  /** A socket that lives, with all that it has carried. */
  addLive(counts: SocketCounts, owner: ProcessIdentity, connection: CheckedConnection): void;
  /** A socket that is over, with all that it has carried. */
  addClosed(counts: SocketCounts, owner: ProcessIdentity): void;
  /** Forgets sockets that were not among those added alive since the last call: their end was lost. */
  sweep(): void;
  /** The sums, with the connections that were added alive since the last `sweep`. */
  processes(): ProcessTraffic[];
  readonly stats: { readonly sockets: number; readonly processes: number };
}

interface SocketState {
  /** Before anybody counted. */
  readonly skippedSent: number;
  readonly skippedReceived: number;
  sent: number;
  received: number;
  /** The round in which it was last seen alive. */
  round: number;
}

interface ProcessSum {
  owner: SocketOwner;
  sent: number;
  received: number;
  /** When it was first seen to have ended, in milliseconds of the clock. */
  endedAt: number | undefined;
  connections: ProcessTraffic["connections"][number][];
}

/** How the account remembers. */
export interface TrafficAccountOptions {
  /** Names a process that lives. */
  readonly describe: DescribeProcess;
  /** Names one that may have ended. */
  readonly recall?: DescribeProcess | undefined;
  /** Milliseconds for which an ended process stays. @default 60000 */
  readonly graceMs?: number;
  /** Ended processes that are remembered; those that were seen first make room. @default 4096 */
  readonly maxEnded?: number;
  /** The time in milliseconds. @default performance.now */
  readonly clock?: () => number;
}

/** Makes an empty account. */
export function createTrafficAccount(options: TrafficAccountOptions): TrafficAccount {
  const { describe, recall, graceMs = 60_000, maxEnded = 4096, clock = () => performance.now() } = options;
  const sockets = new Map<number, SocketState>();
  const sums = new Map<string, ProcessSum>();
  let round = 0;
  let pruneAt = maxEnded * 2;

  function sumOf(identity: ProcessIdentity): ProcessSum {
    const key = `${identity.pid}:${identity.startTime}`;
    let sum = sums.get(key);
    if (sum === undefined) {
      const { pid, startTime } = identity;
      const owner = describe(identity) ?? recall?.(identity) ?? { pid, startTime };
      sum = { owner, sent: 0, received: 0, endedAt: undefined, connections: [] };
      if (sums.size >= pruneAt) prune();
      sums.set(key, sum);
    }
    return sum;
  }

  /** Whoever has ended goes after a while; before that, where there are too many. */
  function prune(): void {
    const now = clock();
    const ended: string[] = [];
    for (const [key, sum] of sums) {
      const owner = describe(sum.owner);
      if (owner !== undefined) {
        sum.owner = owner;
        sum.endedAt = undefined;
        continue;
      }
      sum.endedAt ??= now;
      if (now - sum.endedAt >= graceMs) sums.delete(key);
      else ended.push(key);
    }
    for (let index = 0; index < ended.length - maxEnded; index++) sums.delete(ended[index] ?? "");
    pruneAt = sums.size + maxEnded;
  }

  /** What the socket has carried since it was last seen. One that has carried less than before has begun again. */
  function take(sum: ProcessSum, { sent, received }: SocketCounts, known: SocketState | undefined): void {
    const isSame = known !== undefined && sent >= known.sent && received >= known.received;
    sum.sent += isSame ? sent - known.sent : sent;
    sum.received += isSame ? received - known.received : received;
  }

  return {
    skip({ cookie, sent, received }) {
      if (sent === 0 && received === 0) return;
      sockets.set(cookie, { skippedSent: sent, skippedReceived: received, sent, received, round });
    },
    addLive(counts, identity, connection) {
      const { cookie, sent, received } = counts;
      const sum = sumOf(identity);
      let state = sockets.get(cookie);
      take(sum, counts, state);
      if (state === undefined || sent < state.sent || received < state.received) {
        state = { skippedSent: 0, skippedReceived: 0, sent, received, round };
        sockets.set(cookie, state);
      }
      state.sent = sent;
      state.received = received;
      state.round = round;
      sum.connections.push({
        connection,
        bytesSent: BigInt(sent - state.skippedSent),
        bytesReceived: BigInt(received - state.skippedReceived),
      });
    },
    addClosed(counts, identity) {
      const state = sockets.get(counts.cookie);
      if (state !== undefined) sockets.delete(counts.cookie);
      // Most that close have been listeners, or were never used.
      if (counts.sent === 0 && counts.received === 0) return;
      take(sumOf(identity), counts, state);
    },
    sweep() {
      for (const [cookie, state] of sockets) if (state.round !== round) sockets.delete(cookie);
      round++;
      prune();
      for (const sum of sums.values()) sum.connections = [];
    },
    processes() {
      const processes: ProcessTraffic[] = [];
      for (const { owner, sent, received, connections } of sums.values()) {
        processes.push({ owner, bytesSent: BigInt(sent), bytesReceived: BigInt(received), connections });
      }
      return processes;
    },
    get stats() {
      return { sockets: sockets.size, processes: sums.size };
    },
  };
}
