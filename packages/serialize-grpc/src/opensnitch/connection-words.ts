import { type ConnectionTuple, canonicalIp, ipv4OfMapped } from "@procmon/core";

/** The ends of a connection in OpenSnitch's words. */
export interface OpenSnitchEnds {
  readonly protocol: string;
  readonly srcIp: string;
  readonly dstIp: string;
}

/**
 * The protocol and addresses of a connection as OpenSnitch's daemon tells them, which sees packets and no sockets: what
 * a socket of IPv6 carries over IPv4 (`::ffff:a.b.c.d`) is IPv4, for example `tcp` from and to dotted addresses.
 */
export function openSnitchEnds({ protocol, srcIp, dstIp }: ConnectionTuple): OpenSnitchEnds {
  const src = ipv4Inside(srcIp);
  const dst = ipv4Inside(dstIp);
  if (src === undefined && dst === undefined) return { protocol, srcIp, dstIp };
  const name = protocol.endsWith("6") ? protocol.slice(0, -1) : protocol;
  return { protocol: name, srcIp: src ?? srcIp, dstIp: dst ?? dstIp };
}

function ipv4Inside(ip: string): string | undefined {
  if (!ip.includes(":")) return undefined;
  const canonical = canonicalIp(ip);
  return canonical === undefined ? undefined : ipv4OfMapped(canonical);
}
