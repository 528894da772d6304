import { spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fixturePath } from "@procmon-internal/fixtures";
import type { SeenDetail } from "./monitor-messages.ts";

/** One run of the fixture `connect-storm`. */
export interface ConnectStorm {
  /** Its own pid, and its command. */
  readonly pid: number;
  readonly command: readonly string[];
  /** Nanoseconds from its start to its end. */
  readonly wallNs: number;
  /** Each process of it, and its port. */
  readonly told: readonly { readonly pid: number; readonly port: number }[];
}

/** Makes so many processes that live 1 to 3 ms and connect to a port of 127.0.0.1 once. @param options of the fixture */
export async function connectStorm(count: number, port: number, ...options: readonly string[]): Promise<ConnectStorm> {
  const command = [fixturePath("connect-storm"), `${count}`, `${port}`, "tell", ...options];
  const began = performance.now();
  const child = spawn(command[0] ?? "", command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const output = await text(child.stdout);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`connect-storm ends with ${code}`);
  const wallNs = (performance.now() - began) * 1e6;
  const told = [...output.matchAll(/^(\d+) (\d+)$/gm)].map(([, pid, port]) => ({
    pid: Number(pid),
    port: Number(port),
  }));
  return { pid: child.pid ?? 0, command, wallNs, told };
}

/**
 * The processes of which one event tells everything as it was: pid, path, arguments and parent.
 *
 * @param withPort whether their own port has to be right, too
 */
export function countRight(details: readonly SeenDetail[], storm: ConnectStorm, withPort = true): number {
  const { pid: parent, command, told } = storm;
  const path = realpathSync(command[0] ?? "");
  // Where there was an exec, the number of the process comes behind the arguments of the storm.
  const args = JSON.stringify(command);
  const isRight = (detail: SeenDetail) =>
    detail.ppid === parent &&
    detail.path === path &&
    JSON.stringify(detail.args?.filter((arg) => !/^child=\d+$/.test(arg))) === args;
  const nameOf = (pid: number, port: number | undefined) => (withPort ? `${pid}:${port}` : `${pid}`);
  const right = new Set(details.filter(isRight).map(({ pid, srcPort }) => nameOf(pid, srcPort)));
  return told.filter(({ pid, port }) => right.has(nameOf(pid, port))).length;
}

/** A server that closes each connection at once. */
export async function listenTcp(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((socket) => socket.on("error", () => {}).destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
