import type { CheckedConnection } from "../method/monitor-method.ts";

/**
 * One string for each connection. An IPv4-mapped tuple has the key of its IPv4 form, whatever family the socket is
 * of; the same tuple in two network namespaces has two keys.
 */
export function connectionKey(connection: CheckedConnection): string {
  const { protocol, srcIp, srcPort, dstIp, dstPort, netns } = connection;
  return `${netns} ${FAMILY_NEUTRAL[protocol] ?? protocol} ${plainIp(srcIp)} ${srcPort} ${plainIp(dstIp)} ${dstPort}`;
}

const FAMILY_NEUTRAL: Readonly<Record<string, string>> = {
  tcp6: "tcp",
  udp6: "udp",
  udplite6: "udplite",
  icmp6: "icmp",
  raw6: "raw",
};

/** `::ffff:a.b.c.d` as `a.b.c.d`. */
function plainIp(ip: string): string {
  // Canonical text: a dot after the fifth character of an address with a colon means IPv4-mapped.
  return ip.charCodeAt(0) === 0x3a && ip.includes(".") ? ip.slice(7) : ip;
}
