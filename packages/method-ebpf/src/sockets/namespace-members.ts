import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { listNetworkNamespaces, type Procfs, processFile } from "@procmon/core";

/** Through which processes network namespaces can be reached. */
export interface NamespaceMembers {
  /** The namespace of this process; undefined where this procfs does not show it. */
  readonly own: number | undefined;
  /** Remembers processes that are likely to be in these namespaces. */
  learn(namespaces: ReadonlyMap<number, ReadonlySet<number>>): void;
  /** Those that are known of, this process's own first. */
  list(): readonly number[];
  /**
   * An open descriptor of the namespace, to be closed by the caller; undefined where no process is known to be in it, or none of these may be
   * looked at. It is that very namespace, whoever the pid is by now.
   */
  open(netns: number): number | undefined;
  /** Looks at all processes for what namespaces there are. Costs about 10 µs for each. */
  refresh(): void;
}

/** Makes a directory that knows this process's own namespace. */
export function createNamespaceMembers(procfs: Procfs): NamespaceMembers {
  const own = ownNamespace(procfs);
  let members = new Map<number, ReadonlySet<number>>();

  function refresh(): void {
    members = new Map();
    for (const { netns, pids } of listNetworkNamespaces(procfs).readable) members.set(netns, new Set(pids));
  }

  function tryOpen(netns: number): number | undefined {
    for (const pid of members.get(netns) ?? []) {
      const descriptor = openNamespace(procfs, pid, netns);
      if (descriptor !== undefined) return descriptor;
    }
    return undefined;
  }

  return {
    own,
    refresh,
    learn(namespaces) {
      for (const [netns, pids] of namespaces) if (!members.has(netns)) members.set(netns, pids);
    },
    list() {
      const others = [...members.keys()].filter((netns) => netns !== own);
      return own === undefined ? others : [own, ...others];
    },
    open(netns) {
      const descriptor = tryOpen(netns);
      if (descriptor !== undefined) return descriptor;
      refresh();
      return tryOpen(netns);
    },
  };
}

function openNamespace(procfs: Procfs, pid: number, wanted: number): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(processFile(procfs, pid, "ns/net"), "r");
  } catch {
    return undefined;
  }
  if (fstatSync(descriptor).ino === wanted) return descriptor;
  closeSync(descriptor);
  return undefined;
}

function ownNamespace(procfs: Procfs): number | undefined {
  try {
    return statSync(`${procfs.root}/self/ns/net`).ino;
  } catch {
    return undefined;
  }
}
