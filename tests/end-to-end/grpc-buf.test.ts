// `buf curl` is written in Go, and knows of the service what its reflection tells.
import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { spawnFixture } from "@procmon-internal/fixtures";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { needs } from "./support/needs.ts";
import { nobodysPid } from "./support/python-grpc.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { serveOnSocket } from "./support/serve-on-socket.ts";
import type { MadeSocket } from "./support/sockets.ts";
import { METHOD, startMonitor } from "./support/start-monitor.ts";

needs("cc");

/** The program itself: a launcher would leave it running when it is killed. */
const BUF = bufProgram();
const SERVICE = "procmon.v1.Procmon";
/** The command's exit code is the status, three bits higher. */
const STATUS_SHIFT = 3;
const [INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION] = [3, 5, 9];

type Message = Readonly<Record<string, unknown>>;

interface CurlResult {
  /** The status of gRPC; 0 is OK. */
  readonly status: number;
  readonly messages: readonly Message[];
  readonly complaints: string;
}

const openSocket = (...args: string[]) => spawnFixture<MadeSocket>("open-socket", args);

function bufProgram(): string {
  const ours = createRequire(join(import.meta.dirname, "../../packages/serialize-grpc/package.json"));
  const machine = process.arch === "arm64" ? "aarch64" : process.arch;
  return createRequire(ours.resolve("@bufbuild/buf/package.json")).resolve(`@bufbuild/buf-linux-${machine}/bin/buf`);
}

let home = "";
beforeEach(() => {
  home = scratchFolder();
});

/** Starts it; `onText` gets all of standard output so far. */
function startCurl(path: string, args: readonly string[], onText: (text: string) => void): ChildProcess {
  const env = { ...process.env, HOME: home, XDG_CACHE_HOME: home };
  const how = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "--unix-socket", path];
  const child = execFile(BUF, [...how, ...args], { env, maxBuffer: 1 << 27 });
  let text = "";
  child.stdout?.on("data", (part: string) => {
    text += part;
    onText(text);
  });
  return child;
}

async function curl(path: string, method: string, request: Message = {}): Promise<CurlResult> {
  let output = "";
  let complaints = "";
  const args = [`http://localhost/${SERVICE}/${method}`, "-d", JSON.stringify(request)];
  const child = startCurl(path, args, (text) => {
    output = text;
  });
  child.stderr?.on("data", (part: string) => {
    complaints += part;
  });
  const [code] = await once(child, "close");
  return { status: (code as number) >> STATUS_SHIFT, messages: documents(output), complaints };
}

/** Each begins and ends with a brace in the first column. */
function documents(text: string): readonly Message[] {
  const parts = text.split(/(?<=^\}|\})\n(?=\{|$)/m).filter((part) => part.trim() !== "");
  return parts.map((part) => JSON.parse(part) as Message);
}

test("lists the service", async () => {
  await using monitor = await startMonitor();
  const { path } = await serveOnSocket(monitor);
  let names = "";
  const child = startCurl(path, ["--list-methods", "http://localhost"], (text) => {
    names = text;
  });
  expect(await once(child, "close")).toEqual([0, null]);
  for (const method of ["Watch", "FindOwner", "FindProcess", "Snapshot", "Stats"]) {
    expect(names).toContain(`${SERVICE}/${method}\n`);
  }
});

test("asks for owners, processes, sockets and counters", async () => {
  await using monitor = await startMonitor();
  const { path } = await serveOnSocket(monitor);
  await using listener = await openSocket("tcp", "127.0.0.1", "0", "listen");
  const { port, pid } = listener.ready;
  const connection = { protocol: "PROTOCOL_TCP", srcIp: "127.0.0.1", srcPort: port, dstIp: "0.0.0.0" };
  const ownership = { process: { confidence: "CONFIDENCE_EXACT", owners: [{ pid, comm: "open-socket" }] } };
  expect(await curl(path, "FindOwner", { connection })).toMatchObject({ status: 0, messages: [{ ownership }] });

  const found = await curl(path, "FindProcess", { pid });
  expect(found).toMatchObject({ status: 0, messages: [{ process: { pid, ppid: process.pid, comm: "open-socket" } }] });

  const snapshot = await curl(path, "Snapshot");
  expect(snapshot).toMatchObject({ status: 0, complaints: "" });
  expect(snapshot.messages[0]).toMatchObject({ start: { method: METHOD, visibility: {} } });
  const sockets = snapshot.messages.flatMap((part) => (part.sockets ?? []) as readonly Message[]);
  const inet = { connection: expect.objectContaining({ srcPort: port, protocol: "PROTOCOL_TCP" }) };
  expect(sockets).toContainEqual(expect.objectContaining({ state: "SOCKET_STATE_LISTEN", inet }));

  const stats = await curl(path, "Stats");
  expect(stats).toMatchObject({ status: 0, messages: [{ method: METHOD, lookups: { count: "1" } }] });
});

test("shows the status of what is refused, and why", async () => {
  await using monitor = await startMonitor();
  const { path } = await serveOnSocket(monitor);
  const connection = { protocol: "PROTOCOL_TCP", srcIp: "nowhere", dstIp: "127.0.0.1" };
  const refused = await curl(path, "FindOwner", { connection });
  expect(refused).toMatchObject({ status: INVALID_ARGUMENT, complaints: expect.stringContaining("nowhere") });
  expect(await curl(path, "FindProcess", { pid: nobodysPid() })).toMatchObject({ status: NOT_FOUND });
  expect(await curl(path, "Watch", { env: true })).toMatchObject({ status: FAILED_PRECONDITION, messages: [] });
});

test("watches a connection", async () => {
  await using monitor = await startMonitor();
  const { path } = await serveOnSocket(monitor);
  await using listener = await openSocket("tcp", "127.0.0.1", "0", "listen");
  const { port } = listener.ready;
  let output = "";
  const request = JSON.stringify({ types: ["EVENT_TYPE_CONNECT"], ports: [port] });
  const child = startCurl(path, [`http://localhost/${SERVICE}/Watch`, "-d", request], (text) => {
    output = text;
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const closed = once(child, "close");
  await expect.poll(() => output, { timeout: 30_000 }).toMatch(/"start"/);
  await using client = await openSocket("tcp", "127.0.0.1", "0", `connect=127.0.0.1/${port}`);
  await expect.poll(() => output, { timeout: 30_000 }).toMatch(/"connect"/);
  child.kill("SIGINT");
  await closed;
  const [start, told] = documents(output);
  expect(start).toEqual({ start: { method: METHOD } });
  const { pid, ready } = client;
  const connection = { protocol: "PROTOCOL_TCP", srcPort: ready.port, dstPort: port };
  expect(told).toMatchObject({ events: [{ method: METHOD, connect: { connection, process: { pid } } }] });
});
