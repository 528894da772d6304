import {
  type MethodHost,
  ProcmonError,
  type SnapshotOptions,
  type SocketEntry,
  type Traffic,
  type Visibility,
} from "@procmon/core";
import { type BpfObject, createKernelTables, readClocks } from "@procmon/native";
import type { EventPipe } from "./events/event-pipe.ts";
import { socketOwner } from "./events/socket-owner.ts";
import type { HookName } from "./hooks/hooks.ts";
import { createLastFork } from "./kernel/last-forks.ts";
import { createOwnerLookup, type OwnerLookup } from "./lookup/owner-lookup.ts";
import { SOCKET_FLAGS } from "./records/record-flags.ts";
import { ticksOf } from "./records/record-head.ts";
import type { SocketRecord } from "./records/socket-record.ts";
import { createSocketSnapshot } from "./snapshot/socket-snapshot.ts";
import type { DescribeProcess } from "./sockets/describe-holder.ts";
import { createNamespaceMembers } from "./sockets/namespace-members.ts";
import { createSocketSearch } from "./sockets/socket-search.ts";
import { createTraffic } from "./traffic/socket-traffic.ts";

/** What can be asked about sockets. */
export interface SocketQuestions {
  readonly lookup: OwnerLookup;
  /** Has the kernel's tables take in the sockets that are there already. */
  begin(): Promise<void>;
  /** A socket is over. */
  noteClosed(record: SocketRecord): void;
  snapshot(options?: SnapshotOptions): AsyncIterable<SocketEntry>;
  traffic(): Promise<Traffic>;
  visibility(): Visibility;
  stats(): Readonly<Record<string, number>>;
  close(): void;
}

/** Makes what answers. */
export function createSocketQuestions(
  host: MethodHost,
  object: BpfObject,
  pipe: EventPipe,
  live: ReadonlySet<HookName>,
): SocketQuestions {
  const { procfs, processes } = host;
  const { table, clock } = pipe;
  const canCount = live.has("traffic-list");

  const describe: DescribeProcess = (identity) => {
    const process = table.find(identity);
    return process && socketOwner(process, process);
  };
  const recall: DescribeProcess = (identity) => {
    const process = table.find(identity) ?? processes.get(identity);
    return process && socketOwner(process, process);
  };
  const flush = async (): Promise<void> => void (await pipe.flush());

  const members = createNamespaceMembers(procfs);
  const tables = createKernelTables(members);
  const sockets = createSocketSearch(
    () => object.readIterator("list_sockets"),
    clock.now,
    (list, began) => {
      members.learn(list.namespaces);
      lookup.learn(list, began);
    },
  );
  const search = () => sockets.search();
  const lastFork = createLastFork(object.map("last_forks"));
  const lookup = createOwnerLookup({
    procfs,
    owners: object.map("owners"),
    tables,
    describe,
    recall,
    flush,
    isOutdated: pipe.isOutdated,
    hasUnreadFork: (identity) => lastFork(identity) > table.lastFork(identity),
    search,
    hasForkedSince: table.hasForkedSince,
    knowsConnected: live.has("connect-result") || live.has("payload") || live.has("raw-destinations"),
    now: clock.now,
  });
  const snapshots = createSocketSnapshot({ procfs, tables, members, search, describe });
  const traffic = createTraffic({
    readTraffic: () => object.readIterator("list_traffic", { map: "sockets" }),
    flush,
    describe,
    recall,
    now: () => readClocks().realtime,
  });

  return {
    lookup,
    async begin() {
      await sockets.seed();
      if (canCount) await traffic.begin();
    },
    noteClosed(record) {
      traffic.noteClosed(record);
      const { flags, pid, start, connection } = record;
      if (flags & (SOCKET_FLAGS.kernel | SOCKET_FLAGS.unknownOwner)) return;
      const identity = { pid, startTime: ticksOf(start) };
      lookup.noteClosed(connection, recall(identity) ?? identity);
    },
    snapshot: (options) => snapshots.entries(options),
    traffic: () => (canCount ? traffic.read() : Promise.reject(cannotCount())),
    visibility: () => snapshots.visibility(),
    stats: () => ({ ...lookup.stats(), ...traffic.stats(), ...tables.counters, lists: sockets.runs }),
    close: () => tables.close(),
  };
}

function cannotCount(): ProcmonError {
  return new ProcmonError({
    code: "NOT_SUPPORTED",
    message: "Without its hook traffic-list the method ebpf tells bytes only when a connection ends.",
    remedy: "Run procmon doctor, which tells why that hook is missing.",
  });
}
