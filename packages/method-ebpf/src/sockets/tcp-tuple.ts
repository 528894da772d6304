import { type CheckedConnection, ipv4OfMapped, isWildcardIp } from "@procmon/core";
import type { InetDiagTuple } from "@procmon/native";

/** The two ends by which the kernel finds a TCP socket; undefined for a question that does not name both, or of another protocol. */
export function tcpTuple({ protocol, srcIp, srcPort, dstIp, dstPort }: CheckedConnection): InetDiagTuple | undefined {
  if ((protocol !== "tcp" && protocol !== "tcp6") || srcPort === 0 || dstPort === 0) return undefined;
  const src = ipv4OfMapped(srcIp) ?? srcIp;
  const dst = ipv4OfMapped(dstIp) ?? dstIp;
  if (isWildcardIp(src) || isWildcardIp(dst) || src.includes(":") !== dst.includes(":")) return undefined;
  return { protocol: src.includes(":") ? "tcp6" : "tcp", srcIp: src, srcPort, dstIp: dst, dstPort };
}
