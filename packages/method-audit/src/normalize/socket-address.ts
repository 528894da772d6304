import { canonicalIp, decodeBytes } from "@procmon/core";
import { hexDigit } from "./number-text.ts";

/** Where a socket is, or connects to: the `saddr` of a SOCKADDR record. */
export type SocketAddress =
  | { readonly family: "inet"; readonly ip: string; readonly port: number }
  | {
      readonly family: "inet6";
      readonly ip: string;
      readonly port: number;
      readonly flowInfo: number;
      readonly scopeId: number;
    }
  /** `abstract` names begin after the zero byte. An unnamed socket has an empty path. */
  | { readonly family: "unix"; readonly path: string; readonly abstract: boolean }
  | { readonly family: "netlink"; readonly portId: number; readonly groups: number }
  | { readonly family: "packet"; readonly etherType: number; readonly interfaceIndex: number }
  | { readonly family: "vsock"; readonly cid: number; readonly port: number }
  /** Any other `AF_…`, by its number, and what follows it. */
  | { readonly family: "other"; readonly number: number; readonly bytes: Uint8Array };

/** `AF_…` of `include/linux/socket.h`. */
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const AF_PACKET = 17;
const AF_VSOCK = 40;

/**
 * Reads a `struct sockaddr` in hexadecimal, as the caller gave it to the kernel: the numbers of the machine in its own byte order
 * (little-endian on all architectures that Procmon knows), ports and addresses of the network in the network's. One that is too short for
 * its family is of the family `other`. Text behind the hexadecimal digits is not looked at. Undefined where there is no
 * family in it; linear time, never throws.
 */
export function decodeSocketAddress(hex: string): SocketAddress | undefined {
  const family = byteAt(hex, 0) | (byteAt(hex, 1) << 8);
  if (family < 0) return undefined;
  // By far the most, and simple enough to be read from the text itself.
  if (family === AF_INET) {
    const [a, b, c, d] = [byteAt(hex, 4), byteAt(hex, 5), byteAt(hex, 6), byteAt(hex, 7)];
    const port = (byteAt(hex, 2) << 8) | byteAt(hex, 3);
    if (port >= 0 && (a | b | c | d) >= 0) return { family: "inet", ip: `${a}.${b}.${c}.${d}`, port };
  }
  // Takes the digits as far as they go.
  const bytes = Buffer.from(hex, "hex");
  return decodeOther(family, bytes) ?? { family: "other", number: family, bytes: Uint8Array.from(bytes.subarray(2)) };
}

/** Undefined where the bytes are too few, or the family is another. */
function decodeOther(family: number, bytes: Buffer): SocketAddress | undefined {
  const { length } = bytes;
  switch (family) {
    case AF_UNIX:
      return decodeUnix(bytes);
    case AF_INET6:
      // Without a scope it is the form of RFC 2133, which the kernel takes as well.
      return length < 24 ? undefined : decodeInet6(bytes);
    case AF_NETLINK:
      return length < 12
        ? undefined
        : { family: "netlink", portId: bytes.readUInt32LE(4), groups: bytes.readUInt32LE(8) };
    case AF_PACKET:
      return length < 8
        ? undefined
        : { family: "packet", etherType: bytes.readUInt16BE(2), interfaceIndex: bytes.readInt32LE(4) };
    case AF_VSOCK:
      return length < 12 ? undefined : { family: "vsock", port: bytes.readUInt32LE(4), cid: bytes.readUInt32LE(8) };
    default:
      return undefined;
  }
}

function decodeInet6(bytes: Buffer): SocketAddress {
  const groups: string[] = [];
  for (let at = 8; at < 24; at += 2) groups.push(bytes.readUInt16BE(at).toString(16));
  const text = groups.join(":");
  return {
    family: "inet6",
    ip: canonicalIp(text) ?? text,
    port: bytes.readUInt16BE(2),
    flowInfo: bytes.readUInt32BE(4),
    scopeId: bytes.length < 28 ? 0 : bytes.readUInt32LE(24),
  };
}

/** A path ends at its zero byte, after which old kernels show what was in memory. A name (unix(7)) is all that was given. */
function decodeUnix(bytes: Buffer): SocketAddress {
  const abstract = bytes.length > 2 && bytes[2] === 0;
  const end = abstract ? -1 : bytes.indexOf(0, 2);
  const path = bytes.subarray(abstract ? 3 : 2, end < 0 ? bytes.length : end);
  return { family: "unix", path: decodeBytes(path), abstract };
}

/** Negative where there is no such byte. */
function byteAt(hex: string, index: number): number {
  const high = hexDigit(hex.charCodeAt(index * 2));
  const low = hexDigit(hex.charCodeAt(index * 2 + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}
