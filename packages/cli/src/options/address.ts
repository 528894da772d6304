import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";

const UNIX = "unix://";
const TCP = "tcp://";
const HOST_AND_PORT = /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:/[\]]+):(\d{1,5})$/;

/** Reads `tcp://HOST:PORT`, or without the scheme, and gives it with one. @throws InvalidArgumentError */
export function parseTcpAddress(text: string): string {
  const rest = text.startsWith(TCP) ? text.slice(TCP.length) : text;
  const port = HOST_AND_PORT.exec(rest)?.[1];
  if (port === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError("An address is HOST:PORT, for example 127.0.0.1:7080 or [::1]:7080.");
  }
  return `${TCP}${rest}`;
}

/** Reads where to listen: `unix:///PATH`, a path, or `tcp://HOST:PORT`. Gives it with its scheme. @throws InvalidArgumentError */
export function parseAddress(text: string): string {
  if (text.startsWith(TCP)) return parseTcpAddress(text);
  const path = text.startsWith(UNIX) ? text.slice(UNIX.length) : text;
  if (text.startsWith(UNIX) ? path.startsWith("/") : /^\.{0,2}\//.test(path)) return `${UNIX}${resolve(path)}`;
  throw new InvalidArgumentError("An address is unix:///PATH or tcp://HOST:PORT.");
}
