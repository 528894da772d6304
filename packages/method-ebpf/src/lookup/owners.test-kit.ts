import type { CheckedConnection } from "@procmon/core";
import { addressBytes } from "../records/record-bytes.test-kit.ts";
import { OWNER_KEY, OWNER_VALUE } from "./owner-entry.ts";

/** What a test sets of `struct owner_value`. */
export interface OwnerBytes {
  readonly cookie?: bigint;
  readonly start?: bigint;
  readonly time?: bigint;
  readonly pid?: number;
  readonly flags?: number;
  readonly sharers?: number;
  readonly inode?: number;
}

const NUMBERS: Readonly<Record<string, number>> = { tcp: 6, tcp6: 6, udp: 17, udp6: 17, icmp: 1, icmp6: 58 };

/** The table of owners as the kernel would have it, and how often it was asked. */
export interface FakeOwners {
  readonly keySize: number;
  readonly valueSize: number;
  asked: number;
  lookup(key: Uint8Array, into: Uint8Array): boolean;
  set(connection: CheckedConnection, owner: OwnerBytes): void;
  delete(connection: CheckedConnection): void;
}

export function createFakeOwners(): FakeOwners {
  const entries = new Map<string, Uint8Array>();
  const owners: FakeOwners = {
    keySize: OWNER_KEY.bytes,
    valueSize: 56,
    asked: 0,
    lookup(key, into) {
      owners.asked++;
      const value = entries.get(Buffer.from(key).toString("hex"));
      if (value) into.set(value);
      return value !== undefined;
    },
    set(connection, owner) {
      const view = new DataView(new ArrayBuffer(56));
      view.setBigUint64(OWNER_VALUE.cookie, owner.cookie ?? 1n, true);
      view.setBigUint64(OWNER_VALUE.start, owner.start ?? 0n, true);
      view.setBigUint64(OWNER_VALUE.time, owner.time ?? 0n, true);
      view.setUint32(OWNER_VALUE.pid, owner.pid ?? 0, true);
      view.setUint32(OWNER_VALUE.flags, owner.flags ?? 0, true);
      view.setUint16(OWNER_VALUE.sharers, owner.sharers ?? 0, true);
      view.setUint32(OWNER_VALUE.inode, owner.inode ?? 0, true);
      entries.set(keyOf(connection), new Uint8Array(view.buffer));
    },
    delete: (connection) => void entries.delete(keyOf(connection)),
  };
  return owners;
}

/** The key as the kernel's programs make it, in hexadecimal digits. */
function keyOf({ protocol, srcIp, srcPort, dstIp, dstPort, netns }: CheckedConnection): string {
  const view = new DataView(new ArrayBuffer(OWNER_KEY.bytes));
  view.setUint32(OWNER_KEY.netns, netns, true);
  view.setUint16(OWNER_KEY.protocol, NUMBERS[protocol] ?? 0, true);
  view.setUint16(OWNER_KEY.source_port, srcPort, true);
  view.setUint16(OWNER_KEY.target_port, dstPort, true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(addressBytes(srcIp), OWNER_KEY.source);
  bytes.set(addressBytes(dstIp), OWNER_KEY.target);
  return Buffer.from(bytes).toString("hex");
}
