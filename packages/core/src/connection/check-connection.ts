import { ProcmonError } from "../errors/procmon-error.ts";
import type { CheckedConnection } from "../method/monitor-method.ts";
import type { ConnectionTuple } from "./connection-tuple.ts";
import { canonicalIp } from "./ip-address.ts";
import { PROTOCOLS, type Protocol } from "./protocol.ts";

/** The AF_INET6 sibling of each protocol that has one. */
const IPV6_PROTOCOL: Readonly<Partial<Record<Protocol, Protocol>>> = {
  tcp: "tcp6",
  udp: "udp6",
  udplite: "udplite6",
  icmp: "icmp6",
  raw: "raw6",
};

const KNOWN: ReadonlySet<string> = new Set(PROTOCOLS);

/**
 * Checks a tuple and brings it into its canonical form: addresses as RFC 5952 writes them, `netns` set. A protocol
 * without a `6` and two IPv6 addresses becomes the protocol of IPv6 sockets: `tcp` with `::1` is `tcp6`.
 *
 * @throws ProcmonError `INVALID_CONNECTION` for an unknown protocol, an impossible address, a port that is no integer
 * 0–65535, addresses of two families, or IPv4 addresses with a protocol of IPv6 sockets.
 */
export function checkConnection(tuple: ConnectionTuple, ownNetns: number): CheckedConnection {
  if (typeof tuple !== "object" || tuple === null) {
    throw invalid("A connection must be an object.", "Give { protocol, srcIp, srcPort, dstIp, dstPort }.");
  }
  const { protocol, srcPort, dstPort, netns = ownNetns } = tuple;
  if (!KNOWN.has(protocol)) {
    throw invalid(`Unknown protocol ${show(protocol)}.`, `Use one of ${PROTOCOLS.join(", ")}.`);
  }
  const srcIp = checkIp("srcIp", tuple.srcIp);
  const dstIp = checkIp("dstIp", tuple.dstIp);
  checkPort("srcPort", srcPort);
  checkPort("dstPort", dstPort);
  if (!Number.isSafeInteger(netns) || netns < 0) {
    throw invalid(`Bad network namespace ${show(netns)}.`, "Give the inode number of /proc/<pid>/ns/net.");
  }
  const ipv6 = srcIp.includes(":");
  if (ipv6 !== dstIp.includes(":")) {
    throw invalid(
      `The addresses ${srcIp} and ${dstIp} are of two families.`,
      "Use two IPv4 or two IPv6 addresses; an IPv4 address in an IPv6 socket is written ::ffff:a.b.c.d.",
    );
  }
  if (!ipv6 && protocol.endsWith("6")) {
    throw invalid(`${protocol} does not go with the IPv4 address ${srcIp}.`, `Use ${protocol.slice(0, -1)}.`);
  }
  return { protocol: (ipv6 && IPV6_PROTOCOL[protocol]) || protocol, srcIp, srcPort, dstIp, dstPort, netns };
}

function checkIp(name: string, value: unknown): string {
  const ip = typeof value === "string" ? canonicalIp(value) : undefined;
  if (ip === undefined) {
    throw invalid(`Bad address ${show(value)} in ${name}.`, "Give an IPv4 or IPv6 address without a zone or a port.");
  }
  return ip;
}

function checkPort(name: string, value: unknown): void {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 65_535) {
    throw invalid(`Bad port ${show(value)} in ${name}.`, "Give an integer from 0 to 65535.");
  }
}

function invalid(message: string, remedy: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_CONNECTION", message, remedy });
}

/** A value in a message: whatever it is, short and on one line. */
function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return typeof value === "number" || typeof value === "bigint" ? `${value}` : typeof value;
}
