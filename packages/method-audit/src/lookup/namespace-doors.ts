import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { listNetworkNamespaces, type NetworkNamespace, type Procfs, processFile } from "@procmon/core";
import type { ReachableNamespaces } from "@procmon/native";

/** Through which processes network namespaces can be reached. */
export interface MemberDoors extends ReachableNamespaces {
  /** Remembers a process that is likely to be in the namespace. */
  note(netns: number, pid: number): void;
  /** The namespace, and processes through which its tables can be read; undefined where none is known to be in it. */
  find(netns: number): NetworkNamespace | undefined;
}

/** How doors are made. */
export interface MemberDoorsOptions {
  readonly procfs: Procfs;
  /** Whether all processes may be looked at where none is known to be in a namespace: that costs about 10 µs for each of them. */
  readonly mayList: boolean;
}

/** Processes remembered of each namespace; the next one serves where one has left. */
const MEMBERS = 8;

/** Namespaces remembered. */
const NAMESPACES = 1024;

/** Makes doors that know this process's own namespace. */
export function createNamespaceDoors({ procfs, mayList }: MemberDoorsOptions): MemberDoors {
  const own = ownNamespace(procfs);
  const members = new Map<number, readonly number[]>();

  function note(netns: number, pid: number): void {
    const known = members.get(netns) ?? [];
    if (known[0] === pid) return;
    members.delete(netns);
    members.set(netns, [pid, ...known.filter((each) => each !== pid).slice(0, MEMBERS - 1)]);
    for (const oldest of members.keys()) {
      if (members.size <= NAMESPACES) break;
      members.delete(oldest);
    }
  }

  function list(): void {
    for (const { netns, pids } of listNetworkNamespaces(procfs).readable) members.set(netns, pids);
  }

  function tryOpen(netns: number): number | undefined {
    for (const pid of members.get(netns) ?? []) {
      const descriptor = openNamespace(procfs, pid, netns);
      if (descriptor !== undefined) return descriptor;
    }
    return undefined;
  }

  function findMember(netns: number): NetworkNamespace | undefined {
    const pids = (members.get(netns) ?? []).filter((pid) => isIn(procfs, pid, netns));
    return pids.length > 0 ? { netns, pids } : undefined;
  }

  return {
    own,
    note,
    open(netns) {
      const descriptor = tryOpen(netns);
      if (descriptor !== undefined || !mayList) return descriptor;
      list();
      return tryOpen(netns);
    },
    find(netns) {
      if (netns === own) return { netns, pids: [process.pid] };
      const found = findMember(netns);
      if (found !== undefined || !mayList) return found;
      list();
      return findMember(netns);
    },
  };
}

/** An open descriptor of that very namespace, whoever the pid is by now. */
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

function isIn(procfs: Procfs, pid: number, netns: number): boolean {
  try {
    return statSync(processFile(procfs, pid, "ns/net")).ino === netns;
  } catch {
    return false;
  }
}

function ownNamespace(procfs: Procfs): number | undefined {
  try {
    return statSync(`${procfs.root}/self/ns/net`).ino;
  } catch {
    return undefined;
  }
}
