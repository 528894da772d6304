import {
  listNetworkNamespaces,
  type NetworkNamespace,
  type NetworkNamespaces,
  type Procfs,
  readNamespace,
} from "@procmon/core";

/** The network namespaces as they were last listed, so that a lookup need not list them. */
export interface NamespaceDirectory {
  /** A namespace that can be read now; undefined where there is none, or it may not be looked at. */
  find(netns: number): NetworkNamespace | undefined;
  /** Lists them anew. */
  list(): NetworkNamespaces;
  /** As they were last listed; empty before. */
  readonly last: NetworkNamespaces;
  /**
   * Sees to it that `last` tells of namespaces that may not be looked at. They are those of processes whose descriptors may not be read either:
   * where these are all in a namespace that can be read, nothing has to be listed.
   */
  noteDenied(pids: readonly number[]): void;
}

/** Makes a directory that is empty until first asked. */
export function createNamespaceDirectory(procfs: Procfs): NamespaceDirectory {
  let last: NetworkNamespaces = { readable: [], denied: 0 };
  let isListed = false;
  const directory: NamespaceDirectory = {
    get last() {
      return last;
    },
    noteDenied(pids) {
      if (isListed || pids.length === 0) return;
      if (listNetworkNamespaces(procfs, [process.pid, ...pids]).denied > 0) directory.list();
    },
    list() {
      isListed = true;
      last = listNetworkNamespaces(procfs);
      return last;
    },
    find(netns) {
      const known = last.readable.find((namespace) => namespace.netns === netns);
      if (known?.pids.some((pid) => isIn(procfs, pid, netns))) return known;
      return directory.list().readable.find((namespace) => namespace.netns === netns);
    },
  };
  return directory;
}

function isIn(procfs: Procfs, pid: number, netns: number): boolean {
  const namespace = readNamespace(procfs, pid, "net");
  return namespace.ok && namespace.value === netns;
}
