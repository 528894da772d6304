import { isIPv6 } from "node:net";
import { ProcmonError } from "@procmon/core";

/** Where a server listens, or is to be reached. */
export type ListenAddress = UnixAddress | TcpAddress;

/** A unix socket, by its absolute path. */
export interface UnixAddress {
  readonly kind: "unix";
  readonly path: string;
}

/** A TCP port. */
export interface TcpAddress {
  readonly kind: "tcp";
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** 0–65535; 0 lets the system choose one. */
  readonly port: number;
}

const UNIX = "unix://";
const TCP = /^tcp:\/\/(?:\[([^[\]]+)\]|([^[\]:/]+)):(\d{1,5})$/;
const MAX_PORT = 65535;
/** sun_path of unix(7) has 108 bytes, the last of which is 0. */
export const LONGEST_PATH = 107;

/**
 * Reads `unix:///path` or `tcp://host:port`; an IPv6 address stands in brackets.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function parseListenAddress(text: string): ListenAddress {
  if (typeof text !== "string") throw invalid("An address must be a text.");
  if (text.startsWith(UNIX)) return { kind: "unix", path: checkPath(text.slice(UNIX.length)) };
  const match = TCP.exec(text);
  const [, inBrackets, plain, digits] = match ?? [];
  const host = inBrackets ?? plain;
  const port = Number(digits);
  const isHost = inBrackets === undefined || isIPv6(inBrackets);
  if (host === undefined || !isHost || !(port <= MAX_PORT)) throw invalid(`${JSON.stringify(text)} is no address.`);
  return { kind: "tcp", host, port };
}

/** The text that {@link parseListenAddress} reads. */
export function formatListenAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `${UNIX}${address.path}`;
  const { host, port } = address;
  return `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** @throws ProcmonError `INVALID_OPTION` where no socket can have that path. */
export function checkPath(path: string): string {
  if (!path.startsWith("/") || path.endsWith("/") || path.includes("\0")) {
    throw invalid(`The socket's path must be absolute, and ${JSON.stringify(path)} is not.`);
  }
  if (Buffer.byteLength(path) > LONGEST_PATH) throw tooLong(path);
  return path;
}

/** @throws ProcmonError `INVALID_OPTION` where the path does not fit into an address of the kernel's. */
export function tooLong(path: string): ProcmonError {
  return new ProcmonError({
    code: "INVALID_OPTION",
    message: `The path ${JSON.stringify(path)} is too long for a unix socket.`,
    remedy: "Use a path of at most 80 bytes.",
  });
}

function invalid(message: string): ProcmonError {
  return new ProcmonError({
    code: "INVALID_OPTION",
    message,
    remedy: "Use unix:///path/of/a/socket or tcp://host:port, for example tcp://127.0.0.1:50051.",
  });
}
