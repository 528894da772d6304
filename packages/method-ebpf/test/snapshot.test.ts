import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_PROCFS, type Monitor, type Ownership, readSnapshot, type SocketEntry } from "@procmon/core";
import { type Fixture, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { networkOf, told, watch } from "./watching.ts";

const missing = requirement("ebpf", "namespaces");

/** Sockets of every kind and in every state that lasts, in a network namespace of their own. */
describe.skipIf(missing)("the snapshot", () => {
  let fixture: Fixture<{ readonly pid: number }>;
  let netns: number;
  let monitor: Monitor;
  let expected: readonly SocketEntry[];

  beforeAll(async () => {
    const path = join(tmpdir(), `procmon-snapshot-${process.pid}`);
    fixture = await spawnFixture("socket-states", [path], { enter: ["net"] });
    await rm(path);
    netns = networkOf(fixture);
    ({ monitor } = await watch());
    expected = await settled();
  });

  afterAll(async () => {
    await monitor.stop();
    await fixture.stop();
  });

  const here = (sockets: readonly SocketEntry[]) => sockets.filter((socket) => socket.netns === netns);

  /** What was sent last is acknowledged a little later, and changes states and queues. */
  async function settled(): Promise<readonly SocketEntry[]> {
    for (let before = ""; ; ) {
      const entries = here(readSnapshot(DEFAULT_PROCFS).sockets);
      const now = entries.map(plain).sort().join();
      if (now === before) return entries;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  it("tells what /proc tells, of every socket", async () => {
    const entries = here((await monitor.snapshot()).sockets);
    expect(entries.map(plain).sort()).toEqual(expected.map(plain).sort());
    expect(entries.length).toBeGreaterThan(40);
    const states = new Set(entries.flatMap((entry) => (entry.family === "inet" ? [entry.state] : [])));
    for (const state of ["listen", "established", "syn-sent", "syn-recv", "time-wait", "last-ack", "unconnected"]) {
      expect(states).toContain(state);
    }
  });

  it("tells more of unix sockets than /proc: who is at the other end", async () => {
    const { sockets } = await monitor.snapshot({ families: ["unix"] });
    expect(new Set(sockets.map(({ family }) => family))).toEqual(new Set(["unix"]));
    const pairs = here(sockets).filter((socket) => socket.family === "unix" && socket.peerInode !== undefined);
    expect(pairs.length).toBeGreaterThan(4);
    for (const pair of pairs) expect(told(pair.ownership)).toMatch(new RegExp(`exact ${fixture.pid}$`));
  });

  it("gives only the families that are asked for, and every process can be looked at", async () => {
    const { sockets, visibility, method } = await monitor.snapshot({ families: ["packet"] });
    expect(method).toBe("ebpf");
    expect(here(sockets)).toHaveLength(2);
    expect(visibility.pidsTotal).toBeGreaterThan(0);
  });

  it("agrees with findOwner", async () => {
    for (const entry of here((await monitor.snapshot({ families: ["inet"] })).sockets)) {
      if (entry.family !== "inet" || entry.connection.protocol.startsWith("raw")) continue;
      const owner = await monitor.findOwner(entry.connection);
      // Two sockets of this fixture have the same ends, which a snapshot tells apart.
      const isDouble = entry.connection.dstPort === 9;
      if (isDouble) expect(owner).toMatchObject({ kind: "process", owners: [{ pid: fixture.pid }] });
      else
        expect([entry.connection, entry.state, told(owner)]).toEqual([
          entry.connection,
          entry.state,
          told(entry.ownership),
        ]);
    }
  });

  it("agrees with ss", async () => {
    if (requirement("ss")) return;
    const entries = here((await monitor.snapshot({ families: ["inet"] })).sockets);
    for (const [option, protocol] of [
      ["-t", /^tcp6?$/],
      ["-u", /^udp6?$/],
    ] as const) {
      const args = ["-t", String(fixture.pid), "-n", "ss", "-Hna", option];
      const lines = spawnSync("nsenter", args, { encoding: "utf8" }).stdout.trim().split("\n");
      const ours = entries.filter((entry) => entry.family === "inet" && protocol.test(entry.connection.protocol));
      expect(ours).toHaveLength(lines.length);
    }
  });
});

/** An entry as both ways tell it, on one line. */
function plain(entry: SocketEntry): string {
  const { ownership, uid, receiveQueue, sendQueue, ...rest } = entry as SocketEntry & { peerInode?: number };
  const { peerInode: _, ...common } = rest;
  const queues = entry.family === "inet" ? { uid, receiveQueue, sendQueue } : {};
  return JSON.stringify(Object.entries({ ...common, ...queues, ownership: owners(ownership) }).sort());
}

function owners(ownership: Ownership): unknown {
  if (ownership.kind !== "process") return told(ownership);
  const holders = ownership.owners.map(({ pid, startTime, fd, tid, comm, path }) => {
    return { pid, startTime: `${startTime}`, fd, tid, comm, path };
  });
  return { told: told(ownership), holders };
}
