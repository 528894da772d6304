import { NativeError } from "../native-error.ts";
import { addressBytes } from "./address-bytes.ts";
import { AF_INET, AF_INET6, familyOf, type InetDiagProtocol, kindOf, protocolNumber } from "./inet-protocols.ts";

/** The two ends of one socket, local first. */
export interface InetDiagTuple {
  readonly protocol: Exclude<InetDiagProtocol, "raw" | "raw6">;
  readonly srcIp: string;
  readonly srcPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
}

/** What is asked for of the sockets of one table. */
export interface InetDumpRequest {
  readonly protocol: InetDiagProtocol;
  /** Bits of states, as `stateMask` gives. */
  readonly states: number;
  /** As `encodePortFilter` gives; empty for all. */
  readonly filter: Uint8Array;
  readonly tcpInfo: boolean;
}

/** `struct inet_diag_req_v2` of `include/uapi/linux/inet_diag.h`, and the places in it. */
const REQUEST_BYTES = 56;
const SOURCE_PORT_AT = 8;
const TARGET_PORT_AT = 10;
const SOURCE_AT = 12;
const TARGET_AT = 28;
const COOKIE_AT = 48;

/** INET_DIAG_REQ_BYTECODE. */
const FILTER_ATTRIBUTE = 1;
/** INET_DIAG_INFO as a bit of `idiag_ext`. */
const INFO_EXTENSION = 1 << (2 - 1);

/** A request for all sockets that fit; to be sent with NLM_F_DUMP. */
export function encodeInetDump({ protocol, states, filter, tcpInfo }: InetDumpRequest): Uint8Array {
  const attributeBytes = filter.length === 0 ? 0 : 4 + filter.length;
  const bytes = Buffer.alloc(REQUEST_BYTES + attributeBytes);
  writeHead(bytes, familyOf(protocol), protocol, tcpInfo, states);
  if (attributeBytes > 0) {
    bytes.writeUInt16LE(attributeBytes, REQUEST_BYTES);
    bytes.writeUInt16LE(FILTER_ATTRIBUTE, REQUEST_BYTES + 2);
    bytes.set(filter, REQUEST_BYTES + 4);
  }
  return bytes;
}

/**
 * A request for the socket to which the kernel would give a packet of this tuple: to be sent without NLM_F_DUMP. The kernel ends at a listener,
 * or at an unconnected socket, where no other fits better.
 *
 * @throws NativeError `EINVAL` for an address that is none, or two of different families
 */
export function encodeInetQuery(tuple: InetDiagTuple, tcpInfo: boolean): Uint8Array {
  const { protocol, srcIp, srcPort, dstIp, dstPort } = tuple;
  let [source, target] = [addressBytes(srcIp), addressBytes(dstIp)];
  // The kernel's UDP looks for sockets without a family; only in IPv4's does it find those of both.
  if (isMapped(source) && isMapped(target)) [source, target] = [source.subarray(12), target.subarray(12)];
  if (source.length !== target.length)
    throw new NativeError("EINVAL", `${srcIp} and ${dstIp} are of different families.`);
  const family = source.length === 4 ? AF_INET : AF_INET6;
  const bytes = Buffer.alloc(REQUEST_BYTES);
  writeHead(bytes, family, protocol, tcpInfo, 0);
  // Of UDP the kernel takes the ends the other way round, "for historical reasons" (udp_dump_one in net/ipv4/udp_diag.c).
  const swapped = kindOf(protocol) === "udp" || kindOf(protocol) === "udplite";
  bytes.writeUInt16BE(srcPort, swapped ? TARGET_PORT_AT : SOURCE_PORT_AT);
  bytes.writeUInt16BE(dstPort, swapped ? SOURCE_PORT_AT : TARGET_PORT_AT);
  bytes.set(source, swapped ? TARGET_AT : SOURCE_AT);
  bytes.set(target, swapped ? SOURCE_AT : TARGET_AT);
  // INET_DIAG_NOCOOKIE: whichever socket it is.
  bytes.fill(0xff, COOKIE_AT);
  return bytes;
}

function writeHead(bytes: Buffer, family: number, protocol: InetDiagProtocol, tcpInfo: boolean, states: number): void {
  bytes.writeUInt8(family, 0);
  bytes.writeUInt8(protocolNumber(protocol), 1);
  bytes.writeUInt8(tcpInfo ? INFO_EXTENSION : 0, 2);
  bytes.writeUInt32LE(states, 4);
}

function isMapped(address: Uint8Array): boolean {
  if (address.length !== 16 || address[10] !== 0xff || address[11] !== 0xff) return false;
  return address.subarray(0, 10).every((byte) => byte === 0);
}
