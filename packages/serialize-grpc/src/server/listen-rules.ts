import { lookup } from "node:dns/promises";
import { isIP, isIPv4 } from "node:net";
import { canonicalIp, ipv4OfMapped, ProcmonError } from "@procmon/core";

/** What a server proves itself with, and knows its clients by. All in PEM. */
export interface ServerTls {
  /** The server's certificate, with those between it and the authority. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** The authority that the certificates of clients must be of. */
  readonly ca: string | Buffer;
}

/** What is to be offered over TCP. */
export interface TcpRequest {
  readonly host: string;
  readonly port: number;
  readonly tls?: ServerTls | undefined;
  /** Whether the user has said that it may be without TLS. */
  readonly insecure?: boolean | undefined;
}

const LOCALHOST = "localhost";

/**
 * Over TCP a service is offered with mutual TLS, or to this machine alone where the user has said so: whoever reaches it learns what runs here.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function checkTcp({ host, port, tls, insecure = false }: TcpRequest): void {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw refused(`${port} is no port.`, "Use 0 to 65535.");
  }
  if (tls !== undefined) return;
  if (!insecure) {
    throw refused(
      `TCP (${host}) is not offered without TLS: anybody who reaches it could see what runs here.`,
      "Give a certificate, its key and the authority of the clients (--tls-cert, --tls-key, --tls-ca); use a unix socket; or allow it on this machine alone (--insecure).",
    );
  }
  if (host.toLowerCase() === LOCALHOST || isLoopback(host)) return;
  throw refused(
    `Without TLS a service is offered to this machine alone, and ${host} is no loopback address.`,
    "Use 127.0.0.1 or [::1], or give a certificate, its key and the authority of the clients (--tls-cert, --tls-key, --tls-ca).",
  );
}

/**
 * The address to bind for a host that {@link checkTcp} has allowed. What `localhost` stands for is looked up, and must be this machine.
 *
 * @throws ProcmonError `INVALID_OPTION`, `SERVICE_UNAVAILABLE`
 */
export async function bindAddress({ host, tls }: TcpRequest): Promise<string> {
  if (isIP(host) !== 0) return host;
  const address = await resolve(host);
  if (tls === undefined && !isLoopback(address)) {
    throw refused(`${host} stands for ${address}, which is no loopback address.`, "Use 127.0.0.1 or [::1].");
  }
  return address;
}

/** 127.0.0.0/8 and ::1, also as ::ffff:127.0.0.1. */
export function isLoopback(host: string): boolean {
  const ip = canonicalIp(host);
  if (ip === undefined) return false;
  const ipv4 = ipv4OfMapped(ip) ?? ip;
  return ip === "::1" || (isIPv4(ipv4) && ipv4.startsWith("127."));
}

async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw new ProcmonError({
      code: "SERVICE_UNAVAILABLE",
      message: `There is no address for ${JSON.stringify(host)}.`,
      remedy: "Use an IP address of this machine.",
      cause,
    });
  }
}

function refused(message: string, remedy: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_OPTION", message, remedy });
}
