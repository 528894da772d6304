import type { ConnectionTuple, Ownership, Protocol } from "@procmon/core";

/** What `open-socket` and others tell of a socket that they made. */
export interface MadeSocket {
  readonly pid: number;
  readonly fd: number;
  readonly inode: number;
  readonly port: number;
}

/** The tuple of a socket without a peer. */
export function unconnected(protocol: Protocol, srcIp: string, srcPort: number): ConnectionTuple {
  return { protocol, srcIp, srcPort, dstIp: srcIp.includes(":") ? "::" : "0.0.0.0", dstPort: 0 };
}

/** A tuple from its two ends. */
export function between(
  protocol: Protocol,
  [srcIp, srcPort]: readonly [string, number],
  [dstIp, dstPort]: readonly [string, number],
): ConnectionTuple {
  return { protocol, srcIp, srcPort, dstIp, dstPort };
}

/** The pids of the owners, or the kind and reason where there are none: easy to compare, and to read in a failure. */
export function pidsOf(ownership: Ownership): readonly number[] | string {
  if (ownership.kind === "process") return ownership.owners.map((owner) => owner.pid);
  return ownership.kind === "none" ? `none: ${ownership.reason}` : ownership.kind;
}
