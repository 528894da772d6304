import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { parseSs, type SsSocket } from "./support/parse-ss.ts";
import { runCli } from "./support/run-cli.ts";
import type { MadeSocket } from "./support/sockets.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("namespaces", "ss");

const PROCESSES = 200;
const SOCKETS = 10_000;

interface Load {
  readonly pid: number;
  readonly sockets: number;
  readonly connections: readonly { readonly pid: number; readonly srcPort: number; readonly dstPort: number }[];
}

interface Entry {
  readonly connection: {
    readonly protocol: string;
    readonly srcIp: string;
    readonly srcPort: number;
    readonly dstIp: string;
    readonly dstPort: number;
    readonly netns: number;
  };
  readonly state: string;
  readonly ownership: {
    readonly confidence?: string;
    readonly via?: string;
    readonly owners?: readonly { readonly pid: number; readonly fd: number }[];
  };
}

/**
 * An entry of `ls --json` as `ss` would show it: the family follows from the address alone, and a
 * connection that nobody has accepted has no holder, although we name the listener's.
 */
function asSs({ connection, state, ownership }: Entry): SsSocket {
  const { protocol, srcIp, srcPort, dstIp, dstPort } = connection;
  const end = (ip: string, port: number) => `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
  const key = [protocol.replace("6", ""), state, end(srcIp, srcPort), end(dstIp, dstPort)].join(" ");
  const holders = ownership.confidence === "exact" ? (ownership.owners ?? []) : [];
  return { key, holders: holders.map(({ pid, fd }) => `${pid}/${fd}`).sort() };
}

const inOrder = (sockets: readonly SsSocket[]) =>
  sockets.map(({ key, holders }) => `${key} ${holders.join(",")}`).sort();

test("procmon ls and ss agree on every socket and every holder, under 10,000 sockets of 200 processes", async () => {
  // A network namespace of its own: nothing else comes and goes between the two.
  await using load = await spawnFixture<Load>("load", [`${PROCESSES}`, `${SOCKETS}`], { enter: ["net"] });
  const enter = { enter: [`join-net=${load.pid}`] };
  const port = load.ready.connections[0]?.dstPort;
  await using _six = await spawnFixture<MadeSocket>("open-socket", ["tcp", "::1", "0", "listen"], enter);
  await using _dual = await spawnFixture<MadeSocket>("open-socket", ["tcp", "::", "0", "dual", "listen"], enter);
  await using _udp = await spawnFixture<MadeSocket>("open-socket", ["udp", "0.0.0.0", "0"], enter);
  await using _udp6 = await spawnFixture<MadeSocket>("open-socket", ["udp", "::", "0"], enter);
  await using _shared = await spawnFixture<MadeSocket>("share-socket", ["fork", "2"], enter);
  await using _mapped = await spawnFixture<MadeSocket>(
    "open-socket",
    ["tcp", "-", "0", `connect=::ffff:127.0.0.1/${port}`],
    enter,
  );

  const netns = statSync(`/proc/${load.pid}/ns/net`).ino;
  const ss = parseSs(
    execFileSync(fixturePath("enter"), [`join-net=${load.pid}`, "ss", "-tunapH"], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    }),
  );
  const run = await runCli(["ls", "-t", "-u", "-n", "-a", "--json"]);
  expect(run.code).toBe(0);
  const entries = (JSON.parse(run.stdout).sockets as Entry[]).filter((entry) => entry.connection.netns === netns);
  expect(ss.length).toBeGreaterThan(SOCKETS);
  expect(entries.length).toBe(ss.length);
  const [ours, theirs] = [inOrder(entries.map(asSs)), inOrder(ss)];
  expect(ours.filter((line) => !theirs.includes(line)).slice(0, 10)).toEqual([]);
  expect(ours).toEqual(theirs);
  const derived = entries.filter(({ ownership }) => ownership.confidence === "derived");
  expect(derived).toMatchObject([{ ownership: { via: "listener" }, connection: { srcPort: port } }]);
}, 120_000);

test("every connection of the load has its own owner, asked one by one and all at once", async () => {
  await using load = await spawnFixture<Load>("load", [`${PROCESSES}`, `${SOCKETS}`]);
  await using monitor = await startMonitor();
  const { connections } = load.ready;
  const ask = ({ srcPort, dstPort }: (typeof connections)[number]) =>
    monitor.findOwner({ protocol: "tcp", srcIp: "127.0.0.1", srcPort, dstIp: "127.0.0.1", dstPort });
  const expected = connections.map(({ pid }) => [pid]);
  const pidsOf = (owner: Awaited<ReturnType<typeof ask>>) =>
    owner.kind === "process" ? owner.owners.map(({ pid }) => pid) : owner;
  expect((await Promise.all(connections.map(ask))).map(pidsOf)).toEqual(expected);
  for (const connection of connections) expect(pidsOf(await ask(connection))).toEqual([connection.pid]);
}, 120_000);
