import { canonicalIp, PROTOCOLS, ProcmonError, type Protocol } from "@procmon/core";

/** One end as the user wrote it. */
export interface Endpoint {
  /** In canonical form; absent in `:443`. */
  readonly ip?: string;
  readonly port: number;
}

/** What `procmon who` is to look for. */
export type SocketQuery =
  | { readonly kind: "inode"; readonly inode: number }
  | { readonly kind: "endpoint"; readonly protocol?: Protocol; readonly local: Endpoint }
  | { readonly kind: "connection"; readonly protocol?: Protocol; readonly local: Endpoint; readonly peer: Endpoint };

function refuse(message: string, remedy?: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_CONNECTION", message, remedy });
}

function parsePortText(text: string, whole: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw refuse(`"${whole}" has no port from 0 to 65535.`);
  return port;
}

/**
 * Reads `:443`, `443`, `*:443`, `10.0.0.1:443` or `[::1]:443`.
 *
 * @throws ProcmonError `INVALID_CONNECTION`
 */
export function parseEndpoint(text: string): Endpoint {
  if (/^\d+$/.test(text)) return { port: parsePortText(text, text) };
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text);
  if (match === null) {
    const remedy = "Write :443, 10.0.0.1:443 or [::1]:443.";
    throw refuse(`"${text}" is no port and no address with a port.`, remedy);
  }
  const [, bracketed, plain = "", portText = ""] = match;
  const port = portText === "*" ? 0 : parsePortText(portText, text);
  const address = bracketed ?? plain;
  if (bracketed === undefined && (plain === "" || plain === "*")) return { port };
  const ip = canonicalIp(address);
  if (ip === undefined) throw refuse(`"${address}" is no IP address.`, "Host names are not looked up.");
  return { ip, port };
}

function isProtocol(word: string): word is Protocol {
  return (PROTOCOLS as readonly string[]).includes(word);
}

function parseInode(words: readonly string[]): SocketQuery {
  const [text = ""] = words;
  const inode = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (words.length !== 1 || inode === 0) throw refuse("After inode stands one whole number from 1.");
  return { kind: "inode", inode };
}

/**
 * Reads the words after `procmon who`.
 *
 * @throws ProcmonError `INVALID_CONNECTION` for a protocol, address, port or number of words that cannot be
 */
export function parseSocketQuery(words: readonly string[]): SocketQuery {
  const [first = "", ...others] = words;
  if (first === "inode") return parseInode(others);
  const named = !/[\d:*]/.test(first) || isProtocol(first);
  if (named && !isProtocol(first)) {
    throw refuse(`There is no protocol "${first}".`, `The protocols are ${PROTOCOLS.join(", ")}.`);
  }
  const ends = named ? others : words;
  if (ends.length < 1 || ends.length > 2) {
    throw refuse(
      `${ends.length} ends make no connection.`,
      "Write one end (:443) or two (10.0.0.1:55000 1.1.1.1:443).",
    );
  }
  const protocol = isProtocol(first) ? { protocol: first } : {};
  const [local, peer] = ends.map(parseEndpoint);
  if (peer === undefined) return { kind: "endpoint", ...protocol, local: local as Endpoint };
  return { kind: "connection", ...protocol, local: local as Endpoint, peer };
}
