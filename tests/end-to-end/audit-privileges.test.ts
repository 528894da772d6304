import type { AuditMethodOptions } from "@procmon/method-audit";
import {
  type AuditLock,
  fixturePath,
  requirement,
  setAuditSettings,
  spawnFixture,
  takeAuditLock,
} from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AuditState, readAuditState, rulesOf } from "./support/audit-state.ts";
import { watchAudit } from "./support/audit-watch.ts";
import { type ConnectStorm, connectStorm } from "./support/connect-storm.ts";
import { runMarker } from "./support/event-record.ts";
import { needs } from "./support/needs.ts";
import { nobodyWith } from "./support/nobody.ts";
import { type MadeSocket, unconnected } from "./support/sockets.ts";
import { startWatchingMonitor } from "./support/watching-monitor.ts";

needs("audit", "namespaces", "other-users");

let lock: AuditLock | undefined;
let before: AuditState;

beforeEach(async () => {
  if (requirement("audit", "namespaces", "other-users") !== undefined) return;
  lock = await takeAuditLock();
  setAuditSettings({ enabled: 0, backlogLimit: 64 });
  before = readAuditState();
});
afterEach(() => lock?.release());

const inNamespaces = (steps: string) => [fixturePath("enter"), steps];
/** unshare(1): root of a user namespace, who has all capabilities there. */
const IN_USER_NAMESPACE = ["unshare", "--user", "--map-root-user"];

/** Starts a monitor that can run, under these circumstances. */
async function startIn(circumstances: readonly string[], audit: AuditMethodOptions) {
  const watching = await startWatchingMonitor({ audit, keep: true }, circumstances);
  expect(watching.ready.failure).toBeUndefined();
  expect(watching.ready.report?.method).toBe("audit");
  return {
    ...watching,
    async caughtUp() {
      const pid = await runMarker();
      const types = async () => (await watching.ask("events", pid)).map(({ type }) => type);
      await expect.poll(types, { timeout: 30_000 }).toContain("exit");
    },
  };
}

type Watching = Awaited<ReturnType<typeof startIn>>;

/** All is told of connections that others make, but for own ports: to see these takes a look at the sockets of others. */
async function checkStorm(watching: Watching): Promise<ConnectStorm> {
  await using server = await spawnFixture<{ pid: number; port: number }>("prefork-server", ["1"]);
  const { port } = server.ready;
  const storm = await connectStorm(50, port, []);
  await watching.caughtUp();
  const path = fixturePath("connect-storm");
  for (const { pid, port: source } of storm.lives) {
    const events = await watching.ask("events", pid);
    expect(events.map(({ type }) => type)).toEqual(["fork", "exec", "connect", "exit"]);
    expect(events[2]).toMatchObject({
      connection: { protocol: "tcp", dstIp: "127.0.0.1", dstPort: port },
      ownership: { kind: "process", confidence: "exact", via: "audit", owners: [{ pid, path }] },
      process: { pid, ppid: storm.pid, path, args: [...storm.args, expect.stringMatching(/^child=/)], uid: 0 },
    });
    expect(events[2]?.process?.tree?.slice(0, 2)).toMatchObject([
      { pid, path },
      { pid: storm.pid, path },
    ]);
    expect([0, source]).toContain(events[2]?.type === "connect" ? events[2].connection.srcPort : undefined);
  }
  return storm;
}

describe("somebody who is not root", () => {
  test("is told of processes and connections of others with two capabilities, and leaves nothing", async () => {
    await using watching = await startIn(nobodyWith("audit_read", "audit_control"), { enable: true });
    expect(readAuditState().enabled).toBe(1);
    expect(rulesOf(watching.pid)).toBeGreaterThan(10);
    await checkStorm(watching);
    // To look at sockets of others takes more.
    await using socket = await spawnFixture<MadeSocket>("open-socket", ["udp", "127.0.0.1", "0"]);
    const owner = await watching.ask("owner", unconnected("udp", "127.0.0.1", socket.ready.port));
    expect(owner).toMatchObject({ kind: "hidden" });
    expect(watching.complaints()).toBe("");
    await watching.ask("stop");
    expect(readAuditState()).toEqual(before);
  });

  test("finds owners with two more, as root does", async () => {
    const capabilities = ["audit_read", "audit_control", "sys_ptrace", "dac_read_search"];
    await using watching = await startIn(nobodyWith(...capabilities), { enable: true });
    await checkStorm(watching);
    await using socket = await spawnFixture<MadeSocket>("open-socket", ["udp", "127.0.0.1", "0"]);
    const owner = await watching.ask("owner", unconnected("udp", "127.0.0.1", socket.ready.port));
    expect(owner).toMatchObject({ kind: "process", confidence: "exact", owners: [{ pid: socket.pid }] });
  });

  test("is told what rules of others record, with CAP_AUDIT_READ alone", async () => {
    await using _others = await watchAudit({ enable: true });
    await using watching = await startIn(nobodyWith("audit_read"), { activities: [] });
    expect(rulesOf(watching.pid)).toBe(0);
    await checkStorm(watching);
  });
});

describe("one sentence says why it cannot run", () => {
  const CONTROL =
    /^The kernel's audit system answers only who has CAP_AUDIT_CONTROL, which this process does not have\.$/;
  const READ = /^Audit records may be read only with CAP_AUDIT_READ, which this process does not have\.$/;
  const USER =
    /^CAP_AUDIT_READ of another user namespace than the first does not let this process read audit records\.$/;
  const PIDS = /^Audit records tell the pids of the first pid namespace, and this process is in another\.$/;

  test.each<[string, readonly string[], AuditMethodOptions, RegExp, RegExp]>([
    [
      "with CAP_AUDIT_READ alone",
      nobodyWith("audit_read"),
      { enable: true },
      CONTROL,
      /root.* AmbientCapabilities=CAP_AUDIT_CONTROL CAP_AUDIT_READ$/,
    ],
    [
      "with CAP_AUDIT_CONTROL alone",
      nobodyWith("audit_control"),
      { enable: true },
      READ,
      /root.* AmbientCapabilities=CAP_AUDIT_READ$/,
    ],
    ["with no capability", nobodyWith(), { enable: true }, CONTROL, /root/],
    ["with no capability, and no rules of its own", nobodyWith(), { activities: [] }, READ, /root/],
    [
      "in a user namespace",
      IN_USER_NAMESPACE,
      { enable: true },
      /^The kernel's audit system answers only processes of the first user namespace, /,
      /host's user namespace/,
    ],
    [
      "in a user namespace, without rules of its own",
      IN_USER_NAMESPACE,
      { activities: [] },
      USER,
      /host's user namespace/,
    ],
    [
      "in a pid namespace",
      inNamespaces("mount,pid,proc"),
      { enable: true },
      /^The kernel's audit system answers only processes of the first pid namespace, /,
      /--pid=host/,
    ],
    [
      "in a pid namespace, without rules of its own",
      inNamespaces("mount,pid,proc"),
      { activities: [] },
      PIDS,
      /--pid=host/,
    ],
  ])("%s", async (_, circumstances, audit, sentence, remedy) => {
    await using watching = await startWatchingMonitor({ audit: { source: "multicast", ...audit } }, circumstances);
    const { failure, report } = watching.ready;
    expect(report).toBeUndefined();
    expect(failure?.code).toBe("METHOD_UNAVAILABLE");
    expect(failure?.message).toMatch(sentence);
    expect(failure?.remedy).toMatch(remedy);
    expect(watching.complaints()).toBe("");
    expect(readAuditState()).toEqual(before);
  });
});

test("without them another method takes over, and says so", async () => {
  await using watching = await startWatchingMonitor({ methods: ["audit", "proc"] }, nobodyWith());
  const { report } = watching.ready;
  expect(report).toMatchObject({ method: "proc", skipped: [{ method: "audit", code: "METHOD_UNAVAILABLE" }] });
  expect(report?.skipped[0]?.reason).toMatch(/CAP_AUDIT_CONTROL/);
});

test("in a network namespace of its own all namespaces are seen", async () => {
  await using watching = await startIn(inNamespaces("net"), { enable: true });
  await checkStorm(watching);
  await watching.ask("stop");
  expect(readAuditState()).toEqual(before);
});

test("in a pid namespace that sees the machine's processes, what rules of others record is told", async () => {
  await using _others = await watchAudit({ enable: true });
  await using watching = await startIn(inNamespaces("pid"), { activities: [] });
  await checkStorm(watching);
});
