import { statSync } from "node:fs";
import { spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { between, type MadeSocket, pidsOf, unconnected } from "./support/sockets.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("namespaces");

const ICMP = 1;
const TCP = 6;

/** In a network namespace of its own, where no other raw socket is in the way. */
async function openAlone(...args: string[]) {
  const fixture = await spawnFixture<MadeSocket>("open-socket", args, { enter: ["net", "ping"] });
  return { fixture, netns: statSync(`/proc/${fixture.pid}/ns/net`).ino };
}

function openBeside(pid: number, ...args: string[]) {
  return spawnFixture<MadeSocket>("open-socket", args, { enter: [`join-net=${pid}`] });
}

describe("raw sockets", () => {
  test("one that is not connected is asked for by its own tuple only", async () => {
    const { fixture, netns } = await openAlone("raw=1", "-", "0");
    await using _ = fixture;
    await using monitor = await startMonitor();
    const own = await monitor.findOwner({ ...unconnected("raw", "0.0.0.0", ICMP), netns });
    expect(own).toMatchObject({ confidence: "exact", owners: [{ pid: fixture.pid }] });
    const other = await monitor.findOwner({ ...between("raw", ["127.0.0.1", ICMP], ["127.0.0.1", 0]), netns });
    expect(other).toMatchObject({ kind: "none", reason: "ambiguous", candidates: [{ pid: fixture.pid }] });
  });

  test("is never taken for somebody else's ping", async () => {
    const { fixture, netns } = await openAlone("raw=1", "-", "0");
    await using _ = fixture;
    await using monitor = await startMonitor();
    const ping = { ...between("icmp", ["127.0.0.1", 4242], ["127.0.0.1", 0]), netns };
    expect((await monitor.findOwner(ping)).kind).toBe("none");
    await using pinger = await openBeside(fixture.pid, "ping", "127.0.0.1", "4242", "connect=127.0.0.1/0");
    expect(pidsOf(await monitor.findOwner(ping))).toEqual([pinger.pid]);
    await pinger.stop();
    expect((await monitor.findOwner(ping)).kind).toBe("none");
  });

  test("a connected one is its peer's alone", async () => {
    const { fixture, netns } = await openAlone("raw=1", "127.0.0.1", "0", "connect=127.0.0.2/0");
    await using _ = fixture;
    await using monitor = await startMonitor();
    const ask = (dstIp: string) =>
      monitor.findOwner({ ...between("raw", ["127.0.0.1", ICMP], [dstIp, 0]), netns }).then(pidsOf);
    expect(await ask("127.0.0.2")).toEqual([fixture.pid]);
    expect(await ask("127.0.0.3")).toBe("none: not-found");
  });

  test("two of one tuple in two processes are ambiguous", async () => {
    const { fixture, netns } = await openAlone("raw=1", "-", "0");
    await using _ = fixture;
    await using second = await openBeside(fixture.pid, "raw=1", "-", "0");
    await using monitor = await startMonitor();
    const owner = await monitor.findOwner({ ...unconnected("raw", "0.0.0.0", ICMP), netns });
    expect(owner).toMatchObject({ kind: "none", reason: "ambiguous" });
    const candidates = owner.kind === "none" ? owner.candidates?.map(({ pid }) => pid) : [];
    expect(candidates).toEqual([fixture.pid, second.pid].sort((a, b) => a - b));
  });

  test("protocols are told apart, and IPv6 from IPv4", async () => {
    const { fixture, netns } = await openAlone("raw=6", "-", "0");
    await using _ = fixture;
    await using six = await openBeside(fixture.pid, "raw=58", "::1", "0");
    await using monitor = await startMonitor();
    expect(pidsOf(await monitor.findOwner({ ...unconnected("raw", "0.0.0.0", TCP), netns }))).toEqual([fixture.pid]);
    expect(pidsOf(await monitor.findOwner({ ...unconnected("raw", "0.0.0.0", ICMP), netns }))).toBe("none: not-found");
    expect(pidsOf(await monitor.findOwner({ ...unconnected("raw6", "::1", 58), netns }))).toEqual([six.pid]);
  });

  test("one that has ended is nobody's, although it was known", async () => {
    const { fixture, netns } = await openAlone("raw=1", "127.0.0.1", "0", "connect=127.0.0.2/0");
    await using beside = await openBeside(fixture.pid, "udp", "127.0.0.1", "0");
    await using monitor = await startMonitor();
    const tuple = { ...between("raw", ["127.0.0.1", ICMP], ["127.0.0.2", 0]), netns };
    expect(pidsOf(await monitor.findOwner(tuple))).toEqual([fixture.pid]);
    await fixture.stop();
    expect(pidsOf(await monitor.findOwner(tuple))).toBe("none: not-found");
    await using successor = await openBeside(beside.pid, "raw=1", "127.0.0.1", "0", "connect=127.0.0.2/0");
    expect(pidsOf(await monitor.findOwner(tuple))).toEqual([successor.pid]);
  });
});

describe("ping sockets", () => {
  test("are found by their identifier", async () => {
    const { fixture, netns } = await openAlone("ping", "127.0.0.1", "77");
    await using _ = fixture;
    await using second = await openBeside(fixture.pid, "ping", "127.0.0.1", "78");
    await using six = await openBeside(fixture.pid, "ping", "::1", "79");
    await using monitor = await startMonitor();
    const ask = (identifier: number) =>
      monitor.findOwner({ ...between("icmp", ["127.0.0.1", identifier], ["127.0.0.1", 0]), netns }).then(pidsOf);
    expect(await ask(77)).toEqual([fixture.pid]);
    expect(await ask(78)).toEqual([second.pid]);
    expect(await ask(80)).toBe("none: not-found");
    const tuple = { ...between("icmp6", ["::1", 79], ["::1", 0]), netns };
    expect(pidsOf(await monitor.findOwner(tuple))).toEqual([six.pid]);
  });
});

describe("packet sockets", () => {
  test("are listed with their EtherType and owner", async () => {
    const { fixture, netns } = await openAlone("packet", "-", "3");
    await using _ = fixture;
    await using monitor = await startMonitor();
    const { sockets } = await monitor.snapshot({ families: ["packet"] });
    const entry = sockets.find((socket) => socket.inode === fixture.ready.inode);
    expect(entry).toMatchObject({ family: "packet", type: "raw", etherType: 3, interfaceIndex: 0, netns });
    expect(entry && pidsOf(entry.ownership)).toEqual([fixture.pid]);
  });
});
