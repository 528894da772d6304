import type { SortOrder } from "../commands/top.ts";
import type { ByteRates, ProcessRates } from "./traffic-rates.ts";

const RATE: Readonly<Record<SortOrder, (of: ByteRates) => bigint>> = {
  total: (of) => of.bytesSentPerSecond + of.bytesReceivedPerSecond,
  sent: (of) => of.bytesSentPerSecond,
  received: (of) => of.bytesReceivedPerSecond,
};

const COUNT: Readonly<Record<SortOrder, (of: ByteRates) => bigint>> = {
  total: (of) => of.bytesSent + of.bytesReceived,
  sent: (of) => of.bytesSent,
  received: (of) => of.bytesReceived,
};

function descending(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? 1 : -1;
}

/** The processes with most of it in the interval first; those that moved as much, by what they moved so far, then by pid. */
export function sortTraffic<P extends Omit<ProcessRates, "connections">>(
  processes: readonly P[],
  order: SortOrder,
): P[] {
  const rate = RATE[order];
  const count = COUNT[order];
  return [...processes].sort(
    (a, b) => descending(rate(a), rate(b)) || descending(count(a), count(b)) || a.owner.pid - b.owner.pid,
  );
}
