import {
  type CheckedConnection,
  connectionKey,
  createOwnerDescriber,
  DEFAULT_PROCFS,
  METHOD_SPEC_VERSION,
  type MonitorMethod,
  matchConnection,
  matchOwnership,
  type Ownership,
  probeReport,
  readInetTable,
  scanSocketHolders,
  tablesOf,
} from "@procmon/core";

/** A small method that does what the contract asks for, without events: the base of the broken ones. */
export function healthyMethod(): MonitorMethod {
  return {
    specVersion: METHOD_SPEC_VERSION,
    name: "healthy",
    capabilities: {
      events: {},
      protocols: ["tcp", "tcp6", "udp", "udp6"],
      execSafe: false,
      networkNamespaces: "own",
      blindSpots: [],
    },
    probe: async () => probeReport([]),
    start: async () => {},
    stop: async () => {},
    findOwner: async (connection) => findOwner(connection),
  };
}

/** The tuple's key belongs to the answer: a method with a memory can be made of it. */
export function keyOf(connection: CheckedConnection): string {
  return connectionKey(connection);
}

function findOwner(connection: CheckedConnection): Ownership {
  const rows = tablesOf(connection).flatMap((table) => {
    const read = readInetTable(DEFAULT_PROCFS, process.pid, table);
    return read.ok ? read.value : [];
  });
  const holders = scanSocketHolders(DEFAULT_PROCFS).byInode;
  const knowledge = {
    holdersOf: (inode: number) => holders.get(inode) ?? [],
    describe: createOwnerDescriber(DEFAULT_PROCFS),
    isSurelyUnheld: () => false,
    visibility: { complete: true, requires: "" },
  };
  const own = connection.netns > 1 && connection.netns < 0xffffffff;
  return own
    ? matchOwnership(matchConnection(connection, rows), knowledge, "scan")
    : { kind: "none", reason: "not-found" };
}
