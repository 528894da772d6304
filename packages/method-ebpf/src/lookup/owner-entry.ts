import type { CheckedConnection, Protocol } from "@procmon/core";
import type { BpfMap } from "@procmon/native";
import { readCookie } from "../records/socket-record.ts";
import { isIpv4At, writeAddress } from "./address-bytes.ts";

/** Offsets in `struct owner_key` of bpf/socket/socket_info.h, by the names there, and its size. */
export const OWNER_KEY = {
  netns: 0,
  protocol: 4,
  source_port: 6,
  target_port: 8,
  reserved: 10,
  source: 12,
  target: 28,
  bytes: 44,
} as const;

/** Offsets in `struct owner_value`, as far as they are read. */
export const OWNER_VALUE = { cookie: 0, start: 8, time: 16, pid: 24, flags: 32, sharers: 38, inode: 40 } as const;

/** How an entry stands to the question: its own ends, or those of a socket that would get its packets. */
export type EntryMatch = "exact" | "receiver";

/** Entries of the kernel's table of owners. Each answer stands until the next question. */
export interface OwnerEntries {
  /** Looks for the socket with exactly these ends. False also for a protocol whose sockets are not in the table by their ends. */
  findExact(connection: CheckedConnection): boolean;
  /**
   * Looks, after `findExact` has failed, for the unconnected socket or listener that would get a packet of that same connection: the order is that of
   * core's `matchConnection`.
   */
  findReceiver(): boolean;
  /** What was found. */
  readonly entry: OwnerEntry;
}

/** A socket's owner as the kernel's table has it. Read it at once. */
export interface OwnerEntry {
  cookie(): number;
  pid(): number;
  /** Nanoseconds of CLOCK_BOOTTIME. */
  start(): bigint;
  /** When the entry was written, by the same clock. */
  time(): bigint;
  /** RECORD_FLAG_*. */
  flags(): number;
  /** How many more sockets have these ends. */
  sharers(): number;
  inode(): number;
}

/** IPPROTO_*. Raw sockets have no ends that would tell them apart. */
const NUMBERS: Readonly<Partial<Record<Protocol, number>>> = {
  tcp: 6,
  tcp6: 6,
  udp: 17,
  udp6: 17,
  udplite: 136,
  udplite6: 136,
  icmp: 1,
  icmp6: 58,
};

/** Makes a reader of the table `owners`, with one buffer for all questions. */
export function createOwnerEntries(owners: Pick<BpfMap, "lookup" | "valueSize">): OwnerEntries {
  const key = new Uint8Array(OWNER_KEY.bytes);
  const keyView = new DataView(key.buffer);
  const value = new Uint8Array(owners.valueSize);
  const view = new DataView(value.buffer);
  let isAskable = false;

  const entry: OwnerEntry = {
    cookie: () => readCookie(view, OWNER_VALUE.cookie),
    pid: () => view.getUint32(OWNER_VALUE.pid, true),
    start: () => view.getBigUint64(OWNER_VALUE.start, true),
    time: () => view.getBigUint64(OWNER_VALUE.time, true),
    flags: () => view.getUint32(OWNER_VALUE.flags, true),
    sharers: () => view.getUint16(OWNER_VALUE.sharers, true),
    inode: () => view.getUint32(OWNER_VALUE.inode, true),
  };

  /** The zero address of a family. */
  function setZero(at: number, isIpv4: boolean): void {
    key.fill(0, at, at + 16);
    if (isIpv4) key.fill(0xff, at + 10, at + 12);
  }

  return {
    entry,
    findExact({ protocol, srcIp, srcPort, dstIp, dstPort, netns }) {
      const number = NUMBERS[protocol];
      isAskable = false;
      if (number === undefined || srcPort === 0 || netns > 0xffff_ffff) return false;
      // As this port the number of its protocol stands in the table for a raw socket.
      if (srcPort === number) return false;
      keyView.setUint32(OWNER_KEY.netns, netns, true);
      keyView.setUint16(OWNER_KEY.protocol, number, true);
      keyView.setUint16(OWNER_KEY.source_port, srcPort, true);
      keyView.setUint16(OWNER_KEY.target_port, dstPort, true);
      if (!writeAddress(key, OWNER_KEY.source, srcIp) || !writeAddress(key, OWNER_KEY.target, dstIp)) return false;
      isAskable = true;
      return owners.lookup(key, value);
    },
    findReceiver() {
      if (!isAskable) return false;
      isAskable = false;
      const isIpv4 = isIpv4At(key, OWNER_KEY.source);
      keyView.setUint16(OWNER_KEY.target_port, 0, true);
      setZero(OWNER_KEY.target, isIpv4);
      if (owners.lookup(key, value)) return true;
      if (!isIpv4) {
        setZero(OWNER_KEY.source, false);
        return owners.lookup(key, value);
      }
      // An AF_INET6 socket may have an IPv4 address, and then has the zero of IPv6 for its peer.
      setZero(OWNER_KEY.target, false);
      if (owners.lookup(key, value)) return true;
      setZero(OWNER_KEY.source, true);
      setZero(OWNER_KEY.target, true);
      if (owners.lookup(key, value)) return true;
      setZero(OWNER_KEY.source, false);
      setZero(OWNER_KEY.target, false);
      return owners.lookup(key, value);
    },
  };
}
