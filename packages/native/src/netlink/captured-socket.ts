import { formatIpv4, formatIpv6 } from "../sock-diag/address-text.ts";
import { AF_INET, AF_INET6 } from "../sock-diag/inet-protocols.ts";
import type { Capture } from "./datagram-batch.ts";

/** One end of a socket of IP. The text is that of `InetDiagRow`: without an interface, also where the address is of one link. */
export interface CapturedEnd {
  readonly ip: string;
  readonly port: number;
}

/** A socket of another process, as it was when a datagram about it arrived. */
export interface CapturedSocket {
  /** `AF_…`, `SOCK_…` and `IPPROTO_…` of socket(2). */
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  /** In sockfs, as in the link `socket:[…]`. */
  readonly inode: number;
  /** SO_COOKIE; 0 before Linux 4.12. */
  readonly cookie: bigint;
  /** Inode number of its network namespace. Only with CAP_NET_ADMIN in that namespace's user namespace. */
  readonly netns?: number;
  readonly isListening: boolean;
  /** Only of IP; `0.0.0.0` or `::` and port 0 where it is not bound. */
  readonly local?: CapturedEnd;
  /** Only of IP, and only once it is connected: a connection that is being made has none yet. */
  readonly peer?: CapturedEnd;
}

/** `struct CapturedSocket` of `addon/captured_socket.h`. */
const BYTES = 72;

/**
 * Reads the first capture of a rule with `socketAfter`. Undefined where there is no socket to tell of; `error` of the capture says why: `EBADF` (the
 * datagram names no descriptor, or the process has no such), `ENOTSOCK`, `ESRCH` (there is no such process), `EACCES` or `EPERM` (it takes
 * CAP_SYS_PTRACE), `ENOSYS` (before Linux 5.6), `EXDEV` (`procfsRoot` is of another pid namespace than this process), `EBUSY` (too many earlier ones
 * hang in being closed). It is the socket that the process's first thread has: one with descriptors of its own may have meant another.
 */
export function parseCapturedSocket(capture: Capture): CapturedSocket | undefined {
  const { bytes, error } = capture;
  if (error !== 0 || bytes.length !== BYTES) return undefined;
  const family = bytes.readUInt16LE(32);
  const netns = Number(bytes.readBigUInt64LE(16));
  const isInet = family === AF_INET || family === AF_INET6;
  const hasPeer = bytes[35] !== 0;
  return {
    family,
    type: bytes.readInt32LE(24),
    protocol: bytes.readInt32LE(28),
    inode: Number(bytes.readBigUInt64LE(8)),
    cookie: bytes.readBigUInt64LE(0),
    isListening: bytes[34] !== 0,
    ...(netns === 0 ? {} : { netns }),
    ...(isInet ? { local: endAt(bytes, family, 40, 36) } : {}),
    ...(isInet && hasPeer ? { peer: endAt(bytes, family, 56, 38) } : {}),
  };
}

function endAt(bytes: Buffer, family: number, ip: number, port: number): CapturedEnd {
  const text = family === AF_INET ? formatIpv4(bytes.readUInt32BE(ip)) : formatIpv6(bytes, ip);
  return { ip: text, port: bytes.readUInt16BE(port) };
}
