import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { isLoopback, type ServerTls } from "../server/listen-rules.ts";

/** A name, an IPv4 address, or an IPv6 address in brackets; then perhaps a port. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:@/?#[\]]+))(?::\d{1,5})?$/i;

/**
 * Makes a check of the header Host (RFC 9110 section 7.2): whether it names this server. The page of a stranger whose name is made to
 * stand for this machine (DNS rebinding) has the stranger's name there. The port may be another, as behind a tunnel.
 */
export function createHostRules(host: string, tls: ServerTls | undefined): (header: string | undefined) => boolean {
  const own = host.toLowerCase();
  const certificate = tls && new X509Certificate(tls.cert);

  return (header) => {
    const match = HOST.exec(header ?? "");
    const name = (match?.[1] ?? match?.[2])?.toLowerCase();
    if (name === undefined) return false;
    if (name === own || name === "localhost" || isLoopback(name)) return true;
    if (certificate === undefined) return false;
    return (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
  };
}
