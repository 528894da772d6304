import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StatisticsSchema } from "../generated/opensnitch/ui_pb.js";
import { openSnitchEnds } from "../opensnitch/connection-words.ts";
import { openSnitchPath } from "../opensnitch/encode-process.ts";
import type { ConnectionEvent } from "./connection-event.ts";
import { createTopCounts, type TopCounts } from "./top-counts.ts";
import { wellFormed } from "./well-formed.ts";

/** What is counted for OpenSnitch's UI. */
export interface Statistics {
  /** A connection was seen. */
  add(event: ConnectionEvent): void;
  /** The UI is not told of that many connections one by one. */
  ignore(count: number): void;
  /** OpenSnitch's message, without its events and the version. */
  message(): MessageInitShape<typeof StatisticsSchema>;
}

/** What statistics are made with. */
export interface StatisticsOptions {
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number;
}

/** Different words of each kind that are counted. */
const KEPT = 1000;
/** The most frequent ones of each kind, which are sent with each ping. */
export const SENT_COUNTS = 100;

/**
 * Makes statistics that have counted nothing. Nothing is blocked here: what was seen was `accepted`, and `dropped` is
 * 0. `ignored` are the connections that the UI cannot list: the monitor lost them, or there were too many of them for
 * the pings.
 */
export function createStatistics({ now = () => performance.now() }: StatisticsOptions = {}): Statistics {
  const since = now();
  let connections = 0;
  let ignored = 0;
  const byProto = createTopCounts(KEPT);
  const byAddress = createTopCounts(KEPT);
  const byPort = createTopCounts(KEPT);
  const byUid = createTopCounts(KEPT);
  const byExecutable = createTopCounts(KEPT);

  return {
    add(event) {
      const { connection } = event;
      const uid = uidOf(event);
      const executable = executableOf(event);
      const { protocol, dstIp } = openSnitchEnds(connection);
      connections++;
      byProto.add(protocol);
      byAddress.add(dstIp);
      // The port of the service: of what was accepted that is the local one, as OpenSnitch has it.
      byPort.add(String(event.type === "accept" ? connection.srcPort : connection.dstPort));
      if (uid !== undefined) byUid.add(String(uid));
      if (executable !== undefined) byExecutable.add(wellFormed(executable));
    },
    ignore(count) {
      ignored += count;
    },
    message: () => ({
      uptime: BigInt(Math.max(0, Math.floor((now() - since) / 1000))),
      connections: BigInt(connections),
      ignored: BigInt(ignored),
      accepted: BigInt(connections),
      byProto: mapOf(byProto),
      byAddress: mapOf(byAddress),
      byPort: mapOf(byPort),
      byUid: mapOf(byUid),
      byExecutable: mapOf(byExecutable),
    }),
  };
}

function uidOf({ process, ownership }: ConnectionEvent): number | undefined {
  return process?.uid ?? (ownership.kind === "hidden" ? ownership.uid : undefined);
}

function executableOf({ process, ownership }: ConnectionEvent): string | undefined {
  if (ownership.kind === "kernel") return ownership.path;
  const owner = process ?? (ownership.kind === "process" ? ownership.owners[0] : undefined);
  return owner && openSnitchPath(owner);
}

function mapOf(counts: TopCounts): Record<string, bigint> {
  return Object.fromEntries(counts.top(SENT_COUNTS).map(([word, count]) => [word, BigInt(count)]));
}
