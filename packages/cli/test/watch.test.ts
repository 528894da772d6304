import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { buildCommand, MAIN } from "./built-command.ts";

let server: Server;
let port: number;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  buildCommand();
  server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}, 120_000);

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

afterAll(() => {
  server.close();
});

interface Watch {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts `procmon watch` and waits until it watches. */
async function watch(...args: string[]): Promise<Watch> {
  const method = args.includes("--method") ? [] : ["--method", "proc"];
  const child = spawn(process.execPath, [MAIN, "watch", ...method, ...args], { cwd: "/" });
  running.add(child);
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
  const seen: Watch = { child, stdout: "", stderr: "", ended };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (seen.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (seen.stderr += text));
  while (!seen.stderr.includes("Watching with") && child.exitCode === null) await sleep(10);
  await sleep(100);
  return seen;
}

function records(seen: Watch): Record<string, unknown>[] {
  const lines = seen.stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

it("prints a connection with its process, one JSON record a line, and ends at --count", async () => {
  const seen = await watch("--json", "--types", "connect", "-P", String(port), "--count", "1");
  const client = connect(port, "127.0.0.1");
  expect(await seen.ended).toBe(0);
  const found = records(seen).filter(({ type }) => type === "connect");
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    v: 1,
    type: "connect",
    method: "proc",
    connection: { protocol: "tcp", srcPort: client.localPort, dstPort: port },
    ownership: { kind: "process" },
    process: { pid: process.pid },
  });
  expect(found[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  expect(found[0]).not.toHaveProperty("ownership.owners");
  client.destroy();
});

it("prints a table whose columns stay aligned", async () => {
  const seen = await watch("--types", "exec", "-n", "sleep", "--count", "2");
  const children = [1, 2].map(() => execFile("sleep", ["2"]));
  expect(await seen.ended).toBe(0);
  const [header = "", ...rows] = seen.stdout.split("\n").filter((line) => line !== "" && !line.includes(" method "));
  expect(header).toMatch(/^Time +Type +Pid +Process +Connection +Details$/);
  expect(rows).toHaveLength(2);
  for (const row of rows) {
    expect(row.indexOf("sleep")).toBe(header.indexOf("Process"));
    expect(row.slice(header.indexOf("Details"))).toMatch(/sleep 2$/);
  }
  for (const child of children) child.kill();
});

it("says on standard error, in one short line each, which method runs and which do not", async () => {
  const chosen = await watch("--duration", "300ms", "--json");
  await chosen.ended;
  // As root the kernel tells of processes, and what is left are connections.
  const looks =
    process.getuid?.() === 0 ? "looks for connections again and again" : "looks (for connections )?again and again";
  const how = chosen.stderr.split("\n")[0]?.replace("procmon: ", "");
  expect(how).toMatch(
    new RegExp(`^Watching with the method proc, which ${looks}\\. "procmon doctor" tells what it cannot see\\.$`),
  );
  expect(chosen.stderr).toBe(`procmon: ${how}\n`);
  const fallen = await watch("--duration", "300ms", "--json", "--method", "no-such-method", "--method", "proc");
  await fallen.ended;
  expect(fallen.stderr).toBe(`procmon: ${how}\nprocmon: Not installed: no-such-method.\n`);
});

it("keeps the environment to itself, unless told", async () => {
  const env = { PATH: process.env.PATH, PROCMON_TEST_SECRET: "hunter2" };
  for (const flags of [[], ["--env"]]) {
    const seen = await watch("--json", "--types", "exec", "-n", "sleep", "--count", "1", ...flags);
    const child = execFile("sleep", ["2"], { env });
    await seen.ended;
    expect(seen.stdout.includes("hunter2"), flags.join()).toBe(flags.length > 0);
    child.kill();
  }
});

it("ends with 1 when the time passes without a record", async () => {
  const seen = await watch("--duration", "300ms", "-n", "no-such-name-here");
  expect(await seen.ended).toBe(1);
});

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "ends within a second on %s, with 0 and without a word",
  async (signal) => {
    const seen = await watch("--json");
    const before = seen.stderr;
    const began = performance.now();
    seen.child.kill(signal);
    expect(await seen.ended).toBe(0);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(seen.stderr).toBe(before);
  },
);

it("ends within a second on Ctrl-C also where the reader has stopped reading", async () => {
  const seen = await watch("--json");
  seen.child.stdout?.pause();
  const busy = setInterval(() => execFile("true"), 5);
  await sleep(1500);
  clearInterval(busy);
  const began = performance.now();
  const exited = once(seen.child, "exit");
  seen.child.kill("SIGINT");
  await exited;
  expect(performance.now() - began).toBeLessThan(1000);
});

it("ends quietly with 0 at the first record after the reader has gone", async () => {
  const seen = await watch("--types", "exec");
  const before = seen.stderr;
  seen.child.stdout?.destroy();
  // Long enough to be seen for certain, also by a busy machine that looks seldom.
  const lasting = execFile("sleep", ["60"]);
  expect(await seen.ended).toBe(0);
  lasting.kill();
  expect(seen.stderr).toBe(before);
});

it("ends soon behind a pipe whose reader takes the first line", () => {
  const script = `"${process.execPath}" "${MAIN}" watch --method proc -n sleep | head -1; echo "\${PIPESTATUS[0]}"`;
  const lasting = setInterval(() => execFile("sleep", ["1"]), 300);
  return new Promise<void>((resolve, reject) => {
    execFile("bash", ["-c", script], { timeout: 15_000 }, (error, stdout) => {
      clearInterval(lasting);
      if (error !== null) return reject(error);
      expect(stdout).toMatch(/^Time +Type .*\n0\n$/);
      resolve();
    });
  });
});
