import { type Logger, ProcmonError } from "@procmon/core";
import { SILENT } from "../service/procmon-service.ts";
import { checkTls } from "./credentials.ts";
import { defaultAddress } from "./default-address.ts";
import { type ListenAddress, parseListenAddress, type TcpAddress } from "./listen-address.ts";
import { checkTcp, type ServerTls } from "./listen-rules.ts";

/** Options of `serve`. */
export interface ServeOptions {
  /** `unix:///path` or `tcp://host:port`. @default [defaultAddress()] */
  readonly listen?: readonly string[];
  /** For TCP. */
  readonly tls?: ServerTls;
  /** TCP without TLS, for this machine alone. @default false */
  readonly insecure?: boolean;
  /** For browsers: Connect and gRPC-Web on HTTP/1.1. @default none */
  readonly web?: WebOptions;
  /** Give the environment of processes to clients who ask for it; it holds secrets. @default false */
  readonly env?: boolean;
  /** Connections at one time to each address, and calls of Watch in all. @default 256 */
  readonly maxClients?: number;
  /** Bytes of a request. @default 65536 */
  readonly maxMessageBytes?: number;
  /** @default silent */
  readonly log?: Logger;
}

/** Where browsers are served. */
export interface WebOptions {
  /** `tcp://host:port`, by the same rules. */
  readonly listen: string;
  /** The origins of pages that may ask, for example `https://monitor.example`. @default none */
  readonly allowOrigins?: readonly string[];
}

/** What the options mean. */
export interface ServeSettings {
  readonly listen: readonly ListenAddress[];
  readonly tls: ServerTls | undefined;
  readonly insecure: boolean;
  readonly web: (TcpAddress & { readonly allowOrigins: readonly string[] }) | undefined;
  readonly env: boolean;
  readonly maxClients: number;
  readonly maxMessageBytes: number;
  readonly log: Logger;
}

/**
 * Checks the options, before anything is opened.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function serveSettings(options: ServeOptions): ServeSettings {
  const { tls, insecure = false, env = false, log = SILENT } = options;
  const { maxClients = 256, maxMessageBytes = 65_536 } = options;
  checkFlag("insecure", insecure);
  checkFlag("env", env);
  checkCount("maxClients", maxClients);
  checkCount("maxMessageBytes", maxMessageBytes);
  if (tls !== undefined) checkTls(tls);
  const listen = (options.listen ?? [defaultAddress()]).map((text) => parseListenAddress(text));
  const web = options.web && webSettings(options.web);
  for (const address of web === undefined ? listen : [...listen, web]) {
    if (address.kind === "tcp") checkTcp({ ...address, tls, insecure });
  }
  return { listen, tls, insecure, web, env, maxClients, maxMessageBytes, log };
}

function webSettings({ listen, allowOrigins = [] }: WebOptions): TcpAddress & { allowOrigins: readonly string[] } {
  const address = parseListenAddress(listen);
  if (address.kind === "tcp") return { ...address, allowOrigins };
  throw invalid("Browsers reach no unix socket.", "Use tcp://127.0.0.1:8080, or another port.");
}

function checkFlag(name: string, value: boolean): void {
  if (typeof value !== "boolean") throw invalid(`${name} must be true or false.`, "Leave it out for false.");
}

function checkCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw invalid(`${name} must be a positive integer.`, "Leave it out.");
}

function invalid(message: string, remedy: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_OPTION", message, remedy });
}
