import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Cost, costDuring } from "./cost.ts";

/** A tool of others that watches the same. */
export interface Peer {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** The Debian package that brings it. */
  readonly package: string;
}

export const EXECSNOOP: Peer = { name: "execsnoop", command: ["execsnoop"], package: "libbpf-tools" };
export const TCPLIFE: Peer = { name: "tcplife", command: ["tcplife"], package: "libbpf-tools" };

/** A script for bpftrace. */
export function bpftrace(script: string): Peer {
  return { name: "bpftrace", command: ["bpftrace", "-e", script], package: "bpftrace" };
}

/** The lines of the report that stand for peers which are not installed. */
export function absentPeers(...peers: readonly Peer[]): string[] {
  return peers
    .filter((peer) => !isInstalled(peer))
    .map(({ name, package: source }) => `without ${name}, which is not installed (Debian's package ${source})`);
}

function isInstalled({ command: [program] }: Peer): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

/** What a peer did while it watched. */
export interface PeerAccount<Done> {
  readonly done: Done;
  readonly cost: Cost;
  readonly lines: readonly string[];
  /** As it says itself. */
  readonly lost: number;
}

/** Tracepoints are found in tracefs, which is mounted for the peer alone. It does not outlive this process. */
const IN_PRIVATE = ["unshare", "--mount", "setpriv", "--pdeathsig", "KILL", "sh", "-c"];
const WITH_TRACEFS = 'mount -t tracefs tracefs /sys/kernel/tracing; exec "$@"';

/** Does something while a peer watches; undefined if it is not installed. */
export async function watchedByPeer<Done>(
  peer: Peer,
  work: () => Promise<Done>,
): Promise<PeerAccount<Done> | undefined> {
  if (!isInstalled(peer)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "procmon-bench-"));
  const [output, errors] = [join(folder, "output"), join(folder, "errors")];
  const files = [openSync(output, "w"), openSync(errors, "w")] as const;
  const [program = "", ...args] = [...IN_PRIVATE, WITH_TRACEFS, "sh", ...peer.command];
  const child = spawn(program, args, { stdio: ["ignore", ...files] });
  const closed = once(child, "close");
  for (const file of files) closeSync(file);
  try {
    await untilWatching(peer, child, errors);
    const { done, cost } = await costDuring(child.pid ?? 0, work);
    child.kill("SIGINT");
    await closed;
    const lines = readFileSync(output, "latin1").split("\n");
    const lost = [...lines, ...readFileSync(errors, "latin1").split("\n")].map(
      (line) => /lost (\d+) events/i.exec(line)?.[1] ?? 0,
    );
    return { done, cost, lines, lost: lost.reduce((sum: number, count) => sum + Number(count), 0) };
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

/** None of them says that it watches: one that has attached something and then sleeps for a while does. */
async function untilWatching({ name }: Peer, child: ChildProcess, errors: string): Promise<void> {
  for (let looks = 0, asleep = 0; asleep < 5; looks++) {
    await sleep(20);
    if (child.exitCode !== null || looks > 1500) {
      throw new Error(`${name} does not watch: ${readFileSync(errors, "latin1")}`);
    }
    asleep = isAsleep(child.pid ?? 0) ? asleep + 1 : 0;
  }
}

function isAsleep(pid: number): boolean {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return (
    links.some((link) => /bpf_link|perf_event/.test(link)) && /\) S /.test(readFileSync(`/proc/${pid}/stat`, "latin1"))
  );
}
