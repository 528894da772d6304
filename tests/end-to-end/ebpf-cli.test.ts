import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
import { spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { connectStorm } from "./support/connect-storm.ts";
import { needs } from "./support/needs.ts";
import { CLI } from "./support/run-cli.ts";

needs("ebpf");

/** As much of a record of `watch --json` as is looked at. */
interface WatchRecord {
  readonly type: string;
  readonly method: string;
  readonly connection?: { readonly srcPort: number; readonly dstPort: number };
  readonly process?: { readonly pid: number; readonly path?: string; readonly ppid?: number };
  readonly ownership?: { readonly confidence: string; readonly via: string };
}

/** As much of a document of `top --json`. */
interface TopDocument {
  readonly method: string;
  readonly processes: readonly {
    readonly pid: number;
    readonly bytesSent: number | string;
    readonly bytesReceived: number | string;
  }[];
}

function startCli(...args: readonly string[]) {
  if (!existsSync(CLI)) throw new Error("the command line is not built: npm run build");
  return spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

test("watch tells every connection of a storm, with its process", async () => {
  const server = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1", 4096);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const watch = startCli("watch", "--method", "ebpf", "--strict", "--json", "--types", "connect", "-P", `${port}`);
  const exited = once(watch, "exit");
  const records: WatchRecord[] = [];
  createInterface({ input: watch.stdout }).on("line", (line) => records.push(JSON.parse(line) as WatchRecord));
  try {
    // It says which method runs once that runs.
    await once(watch.stderr, "data");
    const storm = await connectStorm(500, port, ["jobs=4"]);
    const connects = () => records.filter(({ type }) => type === "connect");
    await expect.poll(() => connects().length, { timeout: 30_000 }).toBe(storm.lives.length);
    const told = new Map(connects().map((record) => [record.connection?.srcPort, record]));
    const faults = storm.lives.filter(({ pid, port: source }) => {
      const record = told.get(source);
      const isRight = record?.process?.pid === pid && record.process.path === storm.args[0];
      return !isRight || record?.method !== "ebpf" || record.ownership?.confidence !== "exact";
    });
    expect(faults).toEqual([]);
    expect(records.filter(({ type }) => type === "lost")).toEqual([]);
  } finally {
    watch.kill("SIGINT");
    expect((await exited)[0]).toBe(0);
    server.close();
  }
});

test("top counts what processes send and receive", async () => {
  const BYTES = 3_000_001;
  const top = startCli("top", "--method", "ebpf", "--strict", "--once", "--interval", "4s", "--json");
  let text = "";
  top.stdout.on("data", (chunk) => (text += String(chunk)));
  const exited = once(top, "exit");
  // It takes a moment to start, and then looks for four seconds.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await using sender = await spawnFixture<{ pid: number; receiver: number }>("transfer", ["sendfile", `${BYTES}`]);
  const { pid, receiver } = sender.ready;
  expect((await exited)[0]).toBe(0);
  const { method, processes } = JSON.parse(text) as TopDocument;
  expect(method).toBe("ebpf");
  const of = (wanted: number) => processes.find((each) => each.pid === wanted);
  expect([Number(of(pid)?.bytesSent), Number(of(receiver)?.bytesReceived)]).toEqual([BYTES, BYTES]);
});
