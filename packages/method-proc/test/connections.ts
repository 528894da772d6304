import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { type CheckedConnection, checkConnection, DEFAULT_PROCFS, readNamespace } from "@procmon/core";

/** A connection inside this process, and its tuple as the client sees it. */
export interface LocalConnection extends AsyncDisposable {
  readonly tuple: CheckedConnection;
  /** The same as the server sees it. */
  readonly reverse: CheckedConnection;
  readonly port: number;
  close(): Promise<void>;
}

export function ownNetns(): number {
  const netns = readNamespace(DEFAULT_PROCFS, "self", "net");
  if (!netns.ok) throw new Error("no network namespace");
  return netns.value;
}

export function tuple(srcPort: number, dstPort: number, protocol: "tcp" | "udp" = "tcp"): CheckedConnection {
  const dstIp = dstPort === 0 ? "0.0.0.0" : "127.0.0.1";
  return checkConnection({ protocol, srcIp: "127.0.0.1", srcPort, dstIp, dstPort }, ownNetns());
}

export async function openConnection(): Promise<LocalConnection> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect(port, "127.0.0.1");
  const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);
  const clientPort = client.localPort ?? 0;
  async function close(): Promise<void> {
    client.destroy();
    accepted.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
  return {
    tuple: tuple(clientPort, port),
    reverse: tuple(port, clientPort),
    port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A process of node that runs this source, and what it prints first. */
export async function runNode(source: string): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "inherit"] });
  if (!child.stdout) throw new Error("no output");
  const [data] = await once(child.stdout, "data");
  return { child, line: String(data).trim() };
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Waits until this gives something. */
export async function until<T>(find: () => T | undefined | false, ms = 10_000): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = find();
    if (found) return found;
    if (performance.now() > deadline) throw new Error("it did not come in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
