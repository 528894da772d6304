import {
  type ByteCounts,
  type ConnectionTuple,
  type ProcessTraffic,
  processKey,
  type SocketOwner,
  type Traffic,
} from "@procmon/core";

/** Bytes so far, and in each second of the interval. */
export interface ByteRates extends ByteCounts {
  readonly bytesSentPerSecond: bigint;
  readonly bytesReceivedPerSecond: bigint;
}

/** A live connection with its traffic. */
export interface ConnectionRates extends ByteRates {
  readonly connection: ConnectionTuple;
}

/** A process with its traffic. */
export interface ProcessRates extends ByteRates {
  readonly owner: SocketOwner;
  readonly connections: readonly ConnectionRates[];
}

const NOTHING: ByteCounts = { bytesSent: 0n, bytesReceived: 0n };
const SECOND = 1_000_000_000n;

/** What was moved since. A method that was started again counts from zero again. */
function growth(before: bigint, now: bigint): bigint {
  return now < before ? now : now - before;
}

function ratesOf(before: ByteCounts, now: ByteCounts, interval: bigint): ByteRates {
  const perSecond = (a: bigint, b: bigint): bigint => (growth(a, b) * SECOND + interval / 2n) / interval;
  return {
    bytesSent: now.bytesSent,
    bytesReceived: now.bytesReceived,
    bytesSentPerSecond: perSecond(before.bytesSent, now.bytesSent),
    bytesReceivedPerSecond: perSecond(before.bytesReceived, now.bytesReceived),
  };
}

function tupleKey({ protocol, srcIp, srcPort, dstIp, dstPort, netns }: ConnectionTuple): string {
  return `${protocol} ${srcIp} ${srcPort} ${dstIp} ${dstPort} ${netns}`;
}

function connectionRates(before: ProcessTraffic | undefined, now: ProcessTraffic, interval: bigint): ConnectionRates[] {
  const known = new Map(before?.connections.map((each) => [tupleKey(each.connection), each]));
  return now.connections.map((each) => ({
    connection: each.connection,
    ...ratesOf(known.get(tupleKey(each.connection)) ?? NOTHING, each, interval),
  }));
}

/**
 * What each process moved from one look to the next. What was not there at the first look has moved all of it since.
 *
 * @param interval nanoseconds, above zero
 */
export function trafficRates(before: Traffic, now: Traffic, interval: bigint): readonly ProcessRates[] {
  const known = new Map(before.processes.map((each) => [processKey(each.owner), each]));
  return now.processes.map((each) => {
    const earlier = known.get(processKey(each.owner));
    return {
      owner: each.owner,
      ...ratesOf(earlier ?? NOTHING, each, interval),
      connections: connectionRates(earlier, each, interval),
    };
  });
}
