import type { CheckedConnection } from "@procmon/core";
import { beforeEach, describe, expect, it } from "vitest";
import { createOwnerEntries, type OwnerEntries } from "./owner-entry.ts";
import { createFakeOwners, type FakeOwners } from "./owners.test-kit.ts";

const asked: CheckedConnection = {
  protocol: "tcp",
  srcIp: "127.0.0.1",
  srcPort: 8080,
  dstIp: "127.0.0.2",
  dstPort: 50_000,
  netns: 4026531840,
};
const nobody = { dstIp: "0.0.0.0", dstPort: 0 };
const nobody6 = { dstIp: "::", dstPort: 0 };

let owners: FakeOwners;
let entries: OwnerEntries;

beforeEach(() => {
  owners = createFakeOwners();
  entries = createOwnerEntries(owners);
});

describe("the table of owners", () => {
  it("finds a socket by its own ends, and reads its owner", () => {
    owners.set(asked, {
      cookie: 2n ** 32n + 5n,
      start: 123n,
      time: 2n ** 50n,
      pid: 77,
      flags: 2,
      sharers: 3,
      inode: 99,
    });
    expect(entries.findExact(asked)).toBe(true);
    const { entry } = entries;
    expect([entry.cookie(), entry.start(), entry.time()]).toEqual([2 ** 32 + 5, 123n, 2n ** 50n]);
    expect([entry.pid(), entry.flags(), entry.sharers(), entry.inode()]).toEqual([77, 2, 3, 99]);
    expect(owners.asked).toBe(1);
  });

  it.each<[string, Partial<CheckedConnection>]>([
    ["protocol", { protocol: "udp" }],
    ["source", { srcIp: "127.0.0.3" }],
    ["source port", { srcPort: 8081 }],
    ["target", { dstIp: "127.0.0.1" }],
    ["target port", { dstPort: 1 }],
    ["network namespace", { netns: 1 }],
  ])("does not find it by another %s", (_, other) => {
    owners.set(asked, {});
    expect(entries.findExact({ ...asked, ...other })).toBe(false);
  });

  it("finds IPv4 in a socket of either family", () => {
    owners.set(asked, {});
    const mapped = { protocol: "tcp6", srcIp: "::ffff:127.0.0.1", dstIp: "::ffff:127.0.0.2" } as const;
    expect(entries.findExact({ ...asked, ...mapped })).toBe(true);
  });

  it("prefers the socket that is bound to the address, then one of the same family, then a dual-stack one", () => {
    const bound = { ...asked, ...nobody };
    const mapped = { ...asked, ...nobody6, srcIp: "::ffff:127.0.0.1" };
    const wildcard = { ...asked, ...nobody, srcIp: "0.0.0.0" };
    const dual = { ...asked, ...nobody6, srcIp: "::" };
    const all = [bound, mapped, wildcard, dual];
    for (const [at, each] of all.entries()) owners.set(each, { pid: at + 1 });
    for (const [at, each] of all.entries()) {
      expect(entries.findExact(asked)).toBe(false);
      expect(entries.findReceiver()).toBe(true);
      expect(entries.entry.pid()).toBe(at + 1);
      owners.delete(each);
    }
    expect(entries.findExact(asked) || entries.findReceiver()).toBe(false);
  });

  it("gives an IPv6 connection to no IPv4 socket", () => {
    const ipv6 = { ...asked, protocol: "tcp6", srcIp: "2001:db8::1", dstIp: "2001:db8::2" } as const;
    owners.set({ ...asked, ...nobody, srcIp: "0.0.0.0" }, { pid: 1 });
    expect(entries.findExact(ipv6) || entries.findReceiver()).toBe(false);
    owners.set({ ...ipv6, ...nobody6, srcIp: "::" }, { pid: 2 });
    expect(entries.findExact(ipv6)).toBe(false);
    expect(entries.findReceiver()).toBe(true);
    owners.set({ ...ipv6, ...nobody6 }, { pid: 3 });
    expect(entries.findExact(ipv6)).toBe(false);
    expect(entries.findReceiver() && entries.entry.pid()).toBe(3);
  });

  it("does not ask for what stands not in it by its ends", () => {
    for (const protocol of ["raw", "raw6", "sctp", "packet"] as const) entries.findExact({ ...asked, protocol });
    entries.findExact({ ...asked, srcPort: 0 });
    entries.findExact({ ...asked, protocol: "icmp", srcPort: 1 });
    entries.findExact({ ...asked, netns: 2 ** 32 });
    expect(entries.findReceiver()).toBe(false);
    expect(owners.asked).toBe(0);
  });

  it("keeps nothing of the question before", () => {
    owners.set({ ...asked, ...nobody }, {});
    entries.findExact(asked);
    entries.findReceiver();
    owners.set(asked, { pid: 5 });
    expect(entries.findExact(asked) && entries.entry.pid()).toBe(5);
    entries.findExact({ ...asked, protocol: "raw" });
    expect(entries.findReceiver()).toBe(false);
  });
});
