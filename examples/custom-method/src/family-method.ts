import {
  type CheckedConnection,
  METHOD_SPEC_VERSION,
  type MethodCapabilities,
  type MethodHost,
  type MonitorMethod,
  type Ownership,
  probeReport,
  readNamespace,
} from "@procmon/core";
import { findFamilyOwner } from "./find-family-owner.ts";

const CAPABILITIES: MethodCapabilities = {
  events: {},
  protocols: ["tcp", "tcp6", "udp", "udp6"],
  execSafe: false,
  networkNamespaces: "own",
  blindSpots: [
    "Only processes that this one has started, and those that they have started, are looked at.",
    "A process whose parent has ended belongs to the family no more.",
  ],
};

/**
 * A monitor method for a supervisor: it knows the sockets of its own children and their children, and of nobody else. It needs no
 * privilege, and what it reads grows with the family, not with the machine.
 */
export function familyMethod(): MonitorMethod {
  let host: MethodHost | undefined;
  let ownNetns: number | undefined;

  return {
    specVersion: METHOD_SPEC_VERSION,
    name: "family",
    capabilities: CAPABILITIES,

    async probe() {
      return probeReport([
        {
          name: "own-children",
          result: "available",
          required: true,
          detail: "A process may look at its own children.",
        },
      ]);
    },

    async start(given: MethodHost) {
      const netns = readNamespace(given.procfs, process.pid, "net");
      ownNetns = netns.ok ? netns.value : undefined;
      host = given;
    },

    async stop() {
      host = undefined;
    },

    async findOwner(connection: CheckedConnection): Promise<Ownership> {
      if (host === undefined || connection.netns !== ownNetns) return { kind: "none", reason: "not-found" };
      return findFamilyOwner(host.procfs, connection);
    },
  };
}
