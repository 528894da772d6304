import { spawn } from "node:child_process";
import { once } from "node:events";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { heldBpf } from "./support/bpf-objects.ts";
import { connectStorm } from "./support/connect-storm.ts";
import { runMarker } from "./support/event-record.ts";
import { needs } from "./support/needs.ts";
import { nobodyWith } from "./support/nobody.ts";
import { type MadeSocket, unconnected } from "./support/sockets.ts";
import { startWatchingMonitor } from "./support/watching-monitor.ts";

needs("ebpf", "namespaces", "other-users");

const NEEDED = ["bpf", "perfmon", "net_admin"] as const;
const SENTENCE = /^Loading programs takes (CAP_[A-Z_]+(, )?)+, which this process does not have\.$/;

interface Server {
  readonly pid: number;
  readonly port: number;
  readonly children: readonly number[];
}

describe("somebody who is not root, with three capabilities", () => {
  test("is told of processes and connections of others", async () => {
    await using server = await spawnFixture<Server>("prefork-server", ["1"]);
    await using watching = await startNobody();
    const { port, children } = server.ready;
    const storm = await connectStorm(50, port, []);
    const udp = await connectStorm(50, port, ["udp"]);
    await watching.caughtUp();
    const path = fixturePath("connect-storm");
    const tree = (pid: number, parent: number) => [
      { pid, path },
      { pid: parent, path },
    ];
    for (const { lives, pid: ppid, args } of [storm, udp]) {
      const protocol = lives === udp.lives ? "udp" : "tcp";
      for (const { pid, port: srcPort } of lives) {
        const events = await watching.ask("events", pid);
        const types = ["fork", "exec", protocol === "tcp" ? "connect" : "flow", "exit", "close"];
        expect(events.map(({ type }) => type)).toEqual(types);
        expect(events[2]).toMatchObject({
          connection: { protocol, srcPort, dstIp: "127.0.0.1", dstPort: port },
          ownership: { kind: "process", confidence: "exact", owners: [{ pid, path }] },
          process: { pid, ppid, path, args: [...args, expect.stringMatching(/^child=/)], uid: 0 },
        });
        expect(events[2]?.process?.tree?.slice(0, 2)).toMatchObject(tree(pid, ppid));
      }
    }
    // Where there is no hook for accept(2), who uses a connection has accepted it; one that ended unused has the listener's owner.
    const acceptsOf = async (pid: number) =>
      (await watching.ask("events", pid)).flatMap((event) => (event.type === "accept" ? [event.ownership] : []));
    const exact = await acceptsOf(children[0] as number);
    const derived = await acceptsOf(server.pid);
    expect(exact.length).toBeGreaterThan(0);
    expect(exact.length + derived.length).toBe(storm.lives.length);
    for (const ownership of exact) expect(ownership).toMatchObject({ confidence: "exact" });
    for (const ownership of derived) expect(ownership).toMatchObject({ confidence: "derived", via: "listener" });
  });

  test("finds owners: of what was there before, and of what came later", async () => {
    await using before = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"]);
    await using watching = await startNobody();
    await using after = await spawnFixture<MadeSocket>("open-socket", ["udp", "127.0.0.1", "0"]);
    const path = fixturePath("open-socket");
    for (const [{ ready, pid }, protocol] of [
      [before, "tcp"],
      [after, "udp"],
    ] as const) {
      const owner = await watching.ask("owner", unconnected(protocol, "127.0.0.1", ready.port));
      expect(owner).toMatchObject({ kind: "process", confidence: "exact", owners: [{ pid, path }] });
    }
    const { pid } = before;
    expect(await watching.ask("find", pid)).toMatchObject({
      pid,
      path,
      uid: 0,
      args: expect.arrayContaining(["listen"]),
    });
  });

  test("is told which hooks are missing, if some are", async () => {
    await using watching = await startNobody();
    const spots = watching.ready.report?.capabilities.blindSpots ?? [];
    const isMissing = spots.some((spot) => spot.includes("fails before a packet leaves"));
    // A namespace of its own has no way out.
    const pid = await failToConnect();
    await watching.caughtUp();
    const connects = (await watching.ask("events", pid)).filter(({ type }) => type === "connect");
    expect(connects).toMatchObject(isMissing ? [] : [{ error: "ENETUNREACH" }]);
  });

  async function startNobody() {
    const watching = await startWatchingMonitor({ keep: true }, nobodyWith(...NEEDED));
    expect(watching.ready.failure).toBeUndefined();
    expect(watching.ready.report?.method).toBe("ebpf");
    expect(heldBpf(watching.pid).programs.length).toBeGreaterThan(10);
    return {
      ...watching,
      async caughtUp() {
        const pid = await runMarker();
        const types = async () => (await watching.ask("events", pid)).map(({ type }) => type);
        await expect.poll(types, { timeout: 30_000 }).toContain("exit");
      },
    };
  }

  async function failToConnect(): Promise<number> {
    const program =
      "require('net').connect(9, '192.0.2.1').on('error', ({ code }) => process.exit(code === 'ENETUNREACH' ? 0 : 1))";
    const child = spawn(fixturePath("enter"), ["net", process.execPath, "-e", program], { stdio: "inherit" });
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    return child.pid as number;
  }
});

test.each([
  ["none of them", [], "CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN"],
  ["no CAP_PERFMON", ["bpf", "net_admin"], "CAP_PERFMON"],
] as const)("with %s: one sentence says which are missing", async (_, capabilities, missing) => {
  await using watching = await startWatchingMonitor({}, nobodyWith(...capabilities));
  const { failure, report } = watching.ready;
  expect(report).toBeUndefined();
  expect(failure?.code).toBe("METHOD_UNAVAILABLE");
  expect(failure?.message).toMatch(SENTENCE);
  expect(failure?.message).toContain(`takes ${missing},`);
  expect(failure?.remedy).toContain("setpriv");
  expect(watching.complaints()).toBe("");
});

test("without them another method takes over, and says so", async () => {
  await using watching = await startWatchingMonitor({ methods: ["ebpf", "proc"] }, nobodyWith());
  const { report } = watching.ready;
  expect(report).toMatchObject({ method: "proc", skipped: [{ method: "ebpf", code: "METHOD_UNAVAILABLE" }] });
  expect(report?.skipped[0]?.reason).toMatch(SENTENCE);
  const events = await watching.ask("methods");
  expect(events).toMatchObject([
    { change: "fallback", method: "proc", from: "ebpf" },
    { change: "start", method: "proc" },
  ]);
  expect(events[0]?.reason).toMatch(SENTENCE);
});
