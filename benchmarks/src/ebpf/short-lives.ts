import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type ConnectStorm, connectStorm, countRight, listenTcp } from "../connect-storm.ts";
import { over, playRounds } from "../measure.ts";
import type { MonitorSetup } from "../monitor-messages.ts";
import { absentPeers, TCPLIFE, watchedByPeer } from "../peer.ts";
import { against, type Row, report } from "../report.ts";
import { sized } from "../size.ts";
import { watchedByMonitor } from "../start-monitor.ts";

const COUNT = sized(2000);
const ROUNDS = sized(3);

const SETUP: MonitorSetup = { way: "ebpf", types: ["connect", "flow"], keep: "details" };

/** Processes that live 1 to 3 ms and make one connection each: how many are told with the right process. */
export async function shortLives(): Promise<void> {
  const tcp = await listenTcp();
  const udp = await listenUdp();
  const rounds = await playRounds(ROUNDS, async () => ({
    tcp: await withMonitor(tcp.port),
    tcplife: await watchedByPeer(TCPLIFE, () => connectStorm(COUNT, tcp.port)),
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
    () => connectStorm(COUNT, port, ...options),
    ({ told }) => ({
      type: options.includes("udp") ? "flow" : "connect",
      count: told.length,
      pids: told.map(({ pid }) => pid),
    }),
  );
  return { right: countRight(seen.details, done), lost: seen.lost };
}

/** The processes whose end of a connection tcplife tells as theirs: PID COMM LADDR LPORT … */
function countPids(lines: readonly string[], { told }: ConnectStorm): number {
  const seen = new Set(lines.map((line) => line.replace(/^(\d+) .* \S+ +(\d+) +\S+ +\d+ +\S+ +\S+ +\S+$/, "$1:$2")));
  return told.filter(({ pid, port }) => seen.has(`${pid}:${port}`)).length;
}

async function listenUdp() {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { port: socket.address().port, close: () => socket.close() };
}
