import type { ProcessTraffic } from "@procmon/core";
import { type Requirement, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { watchTold } from "./support/watch-told.ts";

const missing = requirement("ebpf");
const BYTES = 3_000_001;

/** What the fixture `transfer` tells. */
interface Transfer {
  readonly pid: number;
  readonly receiver: number;
  readonly port: number;
  readonly peerPort: number;
}

/** How the bytes go, and what that needs. */
const TECHNIQUES: readonly (readonly [string, Requirement | undefined])[] = [
  ["write", undefined],
  ["sendmsg", undefined],
  ["sendmmsg", undefined],
  ["sendfile", undefined],
  ["splice-in", undefined],
  ["splice-out", undefined],
  ["zerocopy", undefined],
  ["io_uring", "io_uring"],
  ["fast-open", undefined],
  ["half-close", undefined],
  ["mptcp", "mptcp"],
  ["udp-write", undefined],
  ["udp-sendto", undefined],
  ["udp-sendmsg", undefined],
  ["udp-sendmmsg", undefined],
  ["udp-gso", undefined],
  ["udp-io_uring", "io_uring"],
  ["udplite", "udplite"],
];

describe.skipIf(missing)("the payload of both processes is exact", () => {
  const watched = watchTold();

  /** Bytes sent and received, in all and of the one connection. */
  async function countedOf(pid: number): Promise<string> {
    const { processes } = await watched.monitor.traffic();
    const ofProcess = processes.filter(({ owner }) => owner.pid === pid);
    return ofProcess.map(summaryOf).join(" and ");
  }

  /** The ends of what had one of these ports, each with its owner and its bytes. */
  function endsOf(ports: readonly number[], since: number): string[] {
    return watched.events.all.slice(since).flatMap((event) => {
      if (event.type !== "close" || event.ownership.kind !== "process") return [];
      const { srcPort, dstPort } = event.connection;
      // Not that of the listener, which carries nothing.
      if (!ports.includes(srcPort) || (event.bytesSent === 0n && event.bytesReceived === 0n)) return [];
      const owner = event.ownership.owners[0].pid;
      return [`${owner}, ${srcPort} > ${dstPort}: ${event.bytesSent}/${event.bytesReceived}`];
    });
  }

  it.for(TECHNIQUES)("%s", async ([technique, needed], { skip }) => {
    const lacking = needed === undefined ? undefined : requirement(needed);
    skip(lacking !== undefined, lacking);
    const since = watched.events.all.length;
    await using transfer = await spawnFixture<Transfer>("transfer", [technique, `${BYTES}`]);
    const { pid, receiver, port, peerPort } = transfer.ready;
    const back = technique === "half-close" ? BYTES : 0;
    expect(await countedOf(pid)).toBe(`${BYTES}/${back}, 1 open: ${BYTES}/${back}`);
    expect(await countedOf(receiver)).toBe(`${back}/${BYTES}, 1 open: ${back}/${BYTES}`);
    transfer.tell();
    await transfer.next();
    // A receiver of datagrams that does not ask for their sender is not told of it.
    const asked = technique.startsWith("udp") ? 0 : port;
    const ends = [
      `${pid}, ${port} > ${peerPort}: ${BYTES}/${back}`,
      `${receiver}, ${peerPort} > ${asked}: ${back}/${BYTES}`,
    ];
    // Of MPTCP the kernel closes the connections later, by itself.
    await expect.poll(() => endsOf([port, peerPort], since).sort(), { timeout: 10_000 }).toEqual(ends.sort());
    expect(await countedOf(pid)).toBe(`${BYTES}/${back}, 0 open: `);
    expect(await countedOf(receiver)).toBe(`${back}/${BYTES}, 0 open: `);
  });
});

function summaryOf({ bytesSent, bytesReceived, connections }: ProcessTraffic): string {
  // Of a receiver without a connection the socket itself is there as well.
  const open = connections.filter(({ bytesSent, bytesReceived }) => bytesSent + bytesReceived > 0n);
  const each = open.map((connection) => `${connection.bytesSent}/${connection.bytesReceived}`);
  return `${bytesSent}/${bytesReceived}, ${open.length} open: ${each.join()}`;
}
