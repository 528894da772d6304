import { ProcmonError, parseIp } from "@procmon/core";
import { LONGEST_PATH } from "../server/listen-address.ts";
import { isLoopback } from "../server/listen-rules.ts";
import { shownValue } from "../text/shown-value.ts";

/** Where an OpenSnitch UI listens. */
export interface UiAddress {
  /** As gRPC takes it. */
  readonly target: string;
  /** The name or the IP address that is in it; of a unix socket `localhost`. */
  readonly host: string;
  /** True where nobody between here and there can read along: a unix socket, or this machine itself. */
  readonly isLocal: boolean;
}

const LONGEST = 4096;
const HOST_AND_PORT = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([a-zA-Z0-9._-]{1,253})):(\d{1,5})$/;

/**
 * Reads an address as OpenSnitch writes them: `unix:///tmp/osui.sock`, `127.0.0.1:50051`, `[::1]:50051`, `host:50051`,
 * with `tcp://` in front as well; `unix:@osui` and `unix-abstract:osui` for a socket in the abstract namespace
 * (unix(7)).
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function parseUiAddress(address: string): UiAddress {
  if (typeof address !== "string" || address.length > LONGEST) throw invalid(address);
  if (address.startsWith("unix-abstract:")) return parseAbstract(address, address.slice(14));
  if (address.startsWith("unix:@")) return parseAbstract(address, address.slice(6));
  if (address.startsWith("unix:")) return parsePath(address);
  const match = HOST_AND_PORT.exec(address.startsWith("tcp://") ? address.slice(6) : address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65535) throw invalid(address);
  const ip = parseIp(host);
  if (ip === undefined && match?.[1] !== undefined) throw invalid(address);
  const isLocal = ip === undefined ? host === "localhost" : isLoopback(host);
  // `dns:` also of an address: a bare one, such as `[::1]:5`, gRPC may take for the name of a scheme.
  return { target: `dns:${ip?.family === 6 ? `[${host}]` : host}:${port}`, host, isLocal };
}

function parsePath(address: string): UiAddress {
  const path = address.slice(address.startsWith("unix://") ? 7 : 5);
  if (!path.startsWith("/") || path.includes("\0") || Buffer.byteLength(path) > LONGEST_PATH) throw invalid(address);
  return { target: `unix:${path}`, host: "localhost", isLocal: true };
}

function parseAbstract(address: string, name: string): UiAddress {
  if (!/^[\w.-]{1,107}$/.test(name)) throw invalid(address);
  return { target: `unix:\0${name}`, host: "localhost", isLocal: true };
}

function invalid(address: unknown): ProcmonError {
  return new ProcmonError({
    code: "INVALID_OPTION",
    message: `${shownValue(address)} is no address of an OpenSnitch UI.`,
    remedy: "Write it as OpenSnitch does: unix:///tmp/osui.sock or 127.0.0.1:50051.",
  });
}
