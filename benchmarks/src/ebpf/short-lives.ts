import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fixturePath } from "@procmon-internal/fixtures";
import { over, playRounds } from "../measure.ts";
import type { MonitorSetup, SeenDetail } from "../monitor-messages.ts";
import { absentPeers, TCPLIFE, watchedByPeer } from "../peer.ts";
import { against, type Row, report } from "../report.ts";
import { sized } from "../size.ts";
import { watchedByMonitor } from "../start-monitor.ts";

const COUNT = sized(2000);
const ROUNDS = sized(3);

const SETUP: MonitorSetup = { way: "ebpf", types: ["connect", "flow"], keep: "details" };

/** One run of the fixture `connect-storm`. */
interface ShortLives {
  /** Its own pid, and its command. */
  readonly pid: number;
  readonly command: readonly string[];
  /** Each process of it, and its port. */
  readonly told: readonly { readonly pid: number; readonly port: number }[];
}

/** Processes that live 1 to 3 ms and make one connection each: how many are told with the right process. */
export async function shortLives(): Promise<void> {
  const tcp = await listenTcp();
  const udp = await listenUdp();
  const rounds = await playRounds(ROUNDS, async () => ({
    tcp: await withMonitor(tcp.port),
    tcplife: await watchedByPeer(TCPLIFE, () => live(tcp.port)),
    udp: await withMonitor(udp.port, "udp"),
    forked: await withMonitor(tcp.port, "fork"),
    forkedUdp: await withMonitor(udp.port, "udp", "fork"),
  }));
  tcp.close();
  udp.close();

  const { least, most } = over(rounds);
  const tcplife = over(rounds.flatMap((round) => round.tcplife ?? []));
  const percent = (right: number) => (right / COUNT) * 100;
  const row = (name: string, right: number): Row => ({ name, value: percent(right), unit: "%", limit: { least: 100 } });
  report(
    `ebpf: ${COUNT} processes that live 1 to 3 ms and connect once: right pid, path, arguments and parent, the fewest`,
    [
      {
        ...row(
          "by TCP",
          least((round) => round.tcp.right),
        ),
        ...against(
          "tcplife, pid alone",
          rounds[0]?.tcplife && percent(tcplife.least(({ done, lines }) => countPids(lines, done))),
        ),
      },
      row(
        "by UDP, not connected",
        least((round) => round.udp.right),
      ),
      row(
        "by TCP, forked without exec",
        least((round) => round.forked.right),
      ),
      row(
        "by UDP, forked without exec",
        least((round) => round.forkedUdp.right),
      ),
      {
        name: "lost events, the most",
        value: most(({ tcp, udp, forked, forkedUdp }) => tcp.lost + udp.lost + forked.lost + forkedUdp.lost),
        unit: "",
        limit: { value: 0 },
      },
    ],
    absentPeers(TCPLIFE),
  );
}

async function withMonitor(port: number, ...options: readonly string[]) {
  const { done, seen } = await watchedByMonitor(
    SETUP,
    () => live(port, ...options),
    ({ told }) => ({
      type: options.includes("udp") ? "flow" : "connect",
      count: told.length,
      pids: told.map(({ pid }) => pid),
    }),
  );
  return { right: countRight(seen.details, done), lost: seen.lost };
}

async function live(port: number, ...options: readonly string[]): Promise<ShortLives> {
  const command = [fixturePath("connect-storm"), `${COUNT}`, `${port}`, "tell", ...options];
  const child = spawn(command[0] ?? "", command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const output = await text(child.stdout);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`connect-storm ends with ${code}`);
  const told = [...output.matchAll(/^(\d+) (\d+)$/gm)].map(([, pid, port]) => ({
    pid: Number(pid),
    port: Number(port),
  }));
  return { pid: child.pid ?? 0, command, told };
}

/** The processes of which one event tells everything as it was. */
function countRight(details: readonly SeenDetail[], { pid: parent, command, told }: ShortLives): number {
  const path = realpathSync(command[0] ?? "");
  // Where there was an exec, the number of the process comes behind the arguments of the storm.
  const args = JSON.stringify(command);
  const isRight = (detail: SeenDetail) =>
    detail.ppid === parent &&
    detail.path === path &&
    JSON.stringify(detail.args?.filter((arg) => !/^child=\d+$/.test(arg))) === args;
  const right = new Set(details.filter(isRight).map(({ pid, srcPort }) => `${pid}:${srcPort}`));
  return told.filter(({ pid, port }) => right.has(`${pid}:${port}`)).length;
}

/** The processes whose end of a connection tcplife tells as theirs: PID COMM LADDR LPORT … */
function countPids(lines: readonly string[], { told }: ShortLives): number {
  const seen = new Set(lines.map((line) => line.replace(/^(\d+) .* \S+ +(\d+) +\S+ +\d+ +\S+ +\S+ +\S+$/, "$1:$2")));
  return told.filter(({ pid, port }) => seen.has(`${pid}:${port}`)).length;
}

async function listenTcp() {
  const server = createServer((socket) => socket.on("error", () => {}).destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function listenUdp() {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { port: socket.address().port, close: () => socket.close() };
}
