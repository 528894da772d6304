import { type CheckedConnection, DEFAULT_PROCFS, processKey, type SocketOwner } from "@procmon/core";
import {
  type EndsBytes,
  type HolderRecordBytes,
  holderRecordBytes,
  joinBytes,
} from "../records/record-bytes.test-kit.ts";
import { readSocketList, type SocketList } from "../sockets/socket-list.ts";
import { createFakeTables, type FakeTables } from "../sockets/tables.test-kit.ts";
import { createOwnerLookup, type OwnerLookup } from "./owner-lookup.ts";
import { createFakeOwners, type FakeOwners } from "./owners.test-kit.ts";

export const NETNS = 4026531840;

/** A connection, the unconnected socket that would get its packets, and the connection's ends as records have them. */
export const asked: CheckedConnection = {
  protocol: "tcp",
  srcIp: "127.0.0.1",
  srcPort: 8080,
  dstIp: "127.0.0.2",
  dstPort: 50_000,
  netns: NETNS,
};
export const listening: CheckedConnection = { ...asked, srcIp: "0.0.0.0", dstIp: "0.0.0.0", dstPort: 0 };
export const ENDS: EndsBytes = { netns: NETNS, srcIp: "127.0.0.1", srcPort: 8080, dstIp: "127.0.0.2", dstPort: 50_000 };

/** Pids that no process of this machine has. */
export const A = 5_000_001;
export const B = 5_000_002;

/** A machine that a test makes up, and a lookup in it. */
export interface LookupScene {
  readonly lookup: OwnerLookup;
  readonly owners: FakeOwners;
  readonly tables: FakeTables;
  /** What the kernel's list of descriptors tells. */
  held: HolderRecordBytes[];
  readonly forks: { pid: number; time: bigint }[];
  searches: number;
  isOutdated: boolean;
  /** Processes that have forked, which nobody has read yet. */
  readonly unreadForks: Set<number>;
  onFlush: () => void;
  onSearch: () => void;
  list(): SocketList;
  /** A process that began a second after the boot. Returns its start in nanoseconds. */
  live(pid: number, path?: string): bigint;
  end(pid: number): void;
}

export function createLookupScene(): LookupScene {
  const living = new Map<string, SocketOwner>();
  const ended = new Map<string, SocketOwner>();
  const keyOf = (pid: number) => processKey({ pid, startTime: 100n });
  const scene: Omit<LookupScene, "lookup"> = {
    owners: createFakeOwners(),
    tables: createFakeTables(NETNS),
    held: [],
    forks: [],
    searches: 0,
    isOutdated: false,
    unreadForks: new Set(),
    onFlush() {},
    onSearch() {},
    list: () => readSocketList(joinBytes(scene.held.map(holderRecordBytes))),
    live(pid, path = `/bin/${pid}`) {
      living.set(keyOf(pid), { pid, startTime: 100n, comm: `c${pid}`, path });
      return 1_000_000_009n;
    },
    end(pid) {
      const owner = living.get(keyOf(pid));
      living.delete(keyOf(pid));
      if (owner) ended.set(keyOf(pid), owner);
    },
  };
  const lookup = createOwnerLookup({
    procfs: DEFAULT_PROCFS,
    owners: scene.owners,
    tables: scene.tables,
    describe: (identity) => living.get(processKey(identity)),
    recall: (identity) => living.get(processKey(identity)) ?? ended.get(processKey(identity)),
    flush: async () => scene.onFlush(),
    isOutdated: () => scene.isOutdated,
    hasUnreadFork: ({ pid }) => scene.unreadForks.has(pid),
    search: async () => {
      scene.searches++;
      const list = scene.list();
      scene.onSearch();
      return list;
    },
    hasForkedSince: ({ pid }, time) => scene.forks.some((fork) => fork.pid === pid && fork.time > time),
    now: () => 1000n,
  });
  return Object.assign(scene, { lookup });
}
