import { create, toBinary } from "@bufbuild/protobuf";
import type { CacheStats, MonitorStats } from "@procmon/core";
import { StatsResponseSchema } from "../generated/procmon/v1/service_pb.js";

/** What the service itself counts. */
export interface ServiceCounters {
  /** Connections that are open. */
  readonly clients: number;
  readonly watches: number;
  readonly sent: number;
  readonly lost: number;
}

/** Counters of a method that are sent; a method of somebody else's may have any number. */
const MOST_COUNTERS = 1000;

/** A procmon.v1.StatsResponse. */
export function statsMessage(stats: MonitorStats, service: ServiceCounters): Buffer {
  const { events, lookups, processes } = stats;
  const message = create(StatsResponseSchema, {
    ...(stats.method !== undefined && { method: stats.method }),
    events: { produced: counts(events.produced), delivered: count(events.delivered), lost: counts(events.lost) },
    lookups: { count: count(lookups.count), byKind: counts(lookups.byKind) },
    processes: {
      cache: cache(processes),
      ended: count(processes.ended),
      outdated: count(processes.outdated),
      bytes: count(processes.bytes),
      clipped: count(processes.clipped),
    },
    inodes: cache(stats.inodes),
    pids: cache(stats.pids),
    methodStats: Object.fromEntries(numbersOf(stats.methodStats)),
    service: {
      clients: service.clients,
      watches: service.watches,
      eventsSent: count(service.sent),
      eventsLost: count(service.lost),
    },
  });
  return Buffer.from(toBinary(StatsResponseSchema, message));
}

function count(value: number): bigint {
  return Number.isFinite(value) && value > 0 ? BigInt(Math.trunc(value)) : 0n;
}

function counts(record: Readonly<Record<string, number>>): Record<string, bigint> {
  return Object.fromEntries(numbersOf(record).map(([name, value]) => [name, count(value)]));
}

function numbersOf(record: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(record)
    .filter(([, value]) => typeof value === "number")
    .slice(0, MOST_COUNTERS);
}

interface CacheMessage {
  size: bigint;
  capacity: bigint;
  hits: bigint;
  misses: bigint;
  evictions: bigint;
}

function cache({ size, capacity, hits, misses, evictions }: CacheStats): CacheMessage {
  return {
    size: count(size),
    capacity: count(capacity),
    hits: count(hits),
    misses: count(misses),
    evictions: count(evictions),
  };
}
