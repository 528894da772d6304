import type { ConnectionTuple, Protocol } from "@procmon/core";
import type { ServiceNames } from "./service-names.ts";

/** The transport as `/etc/services` names it; undefined for protocols without ports. */
function transport(protocol: Protocol): string | undefined {
  const family = protocol.replace(/6$/, "");
  if (family === "udplite") return "udp";
  return family === "tcp" || family === "udp" || family === "sctp" ? family : undefined;
}

/** One end of a connection, as `ss` writes it: `1.2.3.4:443`, `[::1]:https`, `0.0.0.0:*`. */
export function formatEndpoint(ip: string, port: number, protocol: Protocol, names?: ServiceNames): string {
  const address = ip.includes(":") ? `[${ip}]` : ip;
  if (port === 0) return `${address}:*`;
  const name = names === undefined ? undefined : names.get(`${port}/${transport(protocol)}`);
  return `${address}:${name ?? port}`;
}

/** A connection on one line: `tcp 127.0.0.1:40112 → 127.0.0.1:8080`. */
export function formatConnection(connection: ConnectionTuple): string {
  const { protocol, srcIp, srcPort, dstIp, dstPort } = connection;
  const peer = formatEndpoint(dstIp, dstPort, protocol);
  return `${protocol} ${formatEndpoint(srcIp, srcPort, protocol)} → ${peer}`;
}
