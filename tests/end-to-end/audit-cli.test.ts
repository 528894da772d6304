import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";
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
import { connectStorm } from "./support/connect-storm.ts";
import { needs } from "./support/needs.ts";
import { CLI, runCli } from "./support/run-cli.ts";
import type { MadeSocket } from "./support/sockets.ts";

needs("audit");

/** As much of a record of `watch --json` as is looked at. */
interface WatchRecord {
  readonly type: string;
  readonly method: string;
  readonly connection?: { readonly srcPort: number; readonly dstPort: number };
  readonly process?: { readonly pid: number; readonly path?: string; readonly args?: readonly string[] };
  readonly ownership?: unknown;
}

const WATCH = ["watch", "--method", "audit", "--strict", "--json"] as const;
let lock: AuditLock | undefined;
let before: AuditState;

// The kernel's auditing is off, as it is where nobody has set it up.
beforeEach(async () => {
  if (requirement("audit") !== undefined) return;
  if (!existsSync(CLI)) throw new Error("the command line is not built: npm run build");
  lock = await takeAuditLock();
  setAuditSettings({ enabled: 0, backlogLimit: 64 });
  before = readAuditState();
});
afterEach(() => lock?.release());

/** Starts it, and waits until it says which method runs. */
async function startWatch(...args: readonly string[]) {
  const watch = spawn(process.execPath, [CLI, ...WATCH, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(watch, "exit");
  const records: WatchRecord[] = [];
  createInterface({ input: watch.stdout }).on("line", (line) => records.push(JSON.parse(line) as WatchRecord));
  await once(watch.stderr, "data");
  return {
    pid: watch.pid as number,
    records,
    of: (type: string) => records.filter((record) => record.type === type),
    end: (signal: NodeJS.Signals) => endWith(watch, signal, exited),
    async [Symbol.asyncDispose]() {
      watch.kill("SIGKILL");
      await exited;
    },
  };
}

async function endWith(child: ChildProcess, signal: NodeJS.Signals, exited: Promise<unknown[]>): Promise<unknown> {
  child.kill(signal);
  return (await exited)[0];
}

describe("watch", () => {
  test("tells every connection of a storm, with its process", async () => {
    const server = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1", 4096);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      await using watch = await startWatch("--types", "connect", "-P", `${port}`);
      const storm = await connectStorm(500, port, ["jobs=4"]);
      await expect.poll(() => watch.of("connect").length, { timeout: 30_000 }).toBe(storm.lives.length);
      const told = new Map(watch.of("connect").map((record) => [record.process?.pid, record]));
      const keys = ["v", "type", "time", "method", "connection", "ownership", "process"];
      for (const { pid, port: source } of storm.lives) {
        const record = told.get(pid);
        expect(Object.keys(record ?? {})).toEqual(keys);
        expect(record).toMatchObject({
          v: 1,
          method: "audit",
          connection: { protocol: "tcp", dstIp: "127.0.0.1", dstPort: port },
          ownership: { kind: "process", confidence: "exact", via: "audit" },
          process: { path: storm.args[0], args: [...storm.args, expect.stringMatching(/^child=\d+$/)] },
        });
        // Who was gone before anybody could look has none that is known.
        expect([0, source]).toContain(record?.connection?.srcPort);
      }
      expect(watch.of("lost")).toEqual([]);
      expect(await watch.end("SIGINT")).toBe(0);
    } finally {
      server.close();
    }
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("turns auditing on, and %s puts all back", async (signal) => {
    await using watch = await startWatch();
    expect(readAuditState()).toMatchObject({ enabled: 1 });
    expect(rulesOf(watch.pid)).toBeGreaterThan(10);
    const { status } = spawnSync("/bin/true");
    expect(status).toBe(0);
    await expect.poll(() => watch.of("exec").length, { timeout: 30_000 }).toBeGreaterThan(0);
    expect(await watch.end(signal)).toBe(0);
    expect(readAuditState()).toEqual(before);
  });

  test("puts all back when it is told to end while it starts", async () => {
    const after = (wait: number) => () => new Promise((resolve) => setTimeout(resolve, wait));
    const hasRules = (pid: number) =>
      expect.poll(() => rulesOf(pid), { timeout: 30_000, interval: 1 }).toBeGreaterThan(0);
    for (const wait of [...[0, 50, 100, 150, 200, 250, 300].map(after), hasRules]) {
      const watch = spawn(process.execPath, [CLI, ...WATCH], { stdio: "ignore" });
      const exited = once(watch, "exit");
      await wait(watch.pid as number);
      await endWith(watch, "SIGINT", exited);
      expect(readAuditState()).toEqual(before);
    }
  });

  test("ends at once when it is told to, however much happens", async () => {
    const server = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1", 4096);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await using watch = await startWatch();
    // It would take a minute, and so would the watch that wants to tell all of it.
    const storm = spawn(fixturePath("connect-storm"), ["100000", `${port}`, "jobs=8"], { stdio: "ignore" });
    const ended = once(storm, "exit");
    try {
      // By then far more wait to be told. On a busy machine it may be fifty in a second: each call of the storm waits for the audit queue.
      await expect.poll(() => watch.of("connect").length, { timeout: 45_000 }).toBeGreaterThan(300);
      expect(await watch.end("SIGINT")).toBe(0);
      expect(storm.exitCode).toBeNull();
      expect(readAuditState()).toEqual(before);
    } finally {
      storm.kill("SIGKILL");
      await ended;
      server.close();
    }
  });

  test("ends when its reader goes, and puts all back", async () => {
    // Each line that is read is of a process that was made for it.
    const script = `exec 3>&1; { "$@"; echo "code $?" >&3; } | { head -1; } & reader=$!
      for i in $(seq 600); do /bin/true; kill -0 $reader 2>/dev/null || break; sleep 0.05; done; wait`;
    const args = ["-c", script, "bash", process.execPath, CLI, ...WATCH];
    const { stdout, stderr } = spawnSync("bash", args, { encoding: "utf8", timeout: 50_000 });
    expect(stdout).toMatch(/^\{"v":1,"type":"method".*"method":"audit".*\}\ncode 0\n$/);
    expect(stderr).not.toMatch(/EPIPE|\n\s+at /);
    expect(readAuditState()).toEqual(before);
  });

  test("changes nothing where nobody has asked for this method", async () => {
    const child = spawn(process.execPath, [CLI, "watch", "--json"], { stdio: ["ignore", "pipe", "pipe"] });
    const exited = once(child, "exit");
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const record = JSON.parse(line) as WatchRecord;
    // Auditing that is off is not turned on.
    expect(record).toMatchObject({ type: "method" });
    expect(["ebpf", "proc"]).toContain(record.method);
    expect(readAuditState()).toEqual(before);
    expect(await endWith(child, "SIGINT", exited)).toBe(0);
    expect(readAuditState()).toEqual(before);
  });
});

test.for([
  ["watch", "CAP_AUDIT_CONTROL"],
  ["ls", "CAP_AUDIT_READ"],
] as const)(
  "%s of somebody who may not ends with code 4, and one sentence with its remedy",
  ([command, needed], { skip }) => {
    const missing = requirement("other-users");
    skip(missing !== undefined, missing);
    const user = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
    const args = [...user, process.execPath, CLI, command, "--method", "audit", "--strict", "--json"];
    const { status, stdout, stderr } = spawnSync("setpriv", args, { encoding: "utf8" });
    expect(stderr).toMatch(/^procmon: [^.\n]* which this process does not have\. Run it as root, or [^\n]*\n$/);
    expect(stderr).toMatch(new RegExp(`AmbientCapabilities=.*${needed}`));
    expect([status, stdout]).toEqual([4, ""]);
    expect(readAuditState()).toEqual(before);
  },
);

describe("doctor", () => {
  const CHECKS = [
    "native",
    "audit-control",
    "audit-enabled",
    "audit-changeable",
    "audit-rules",
    "pid-namespace",
    "source-multicast",
    "io-uring",
  ];

  test("names every check", async () => {
    const { code, stdout, stderr } = await runCli(["doctor", "--method", "audit"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^✔ audit can run here$/m);
    expect([...stdout.matchAll(/^ {2}[✔✘] ([a-z-]+): ./gm)].map(([, name]) => name)).toEqual(CHECKS);
    expect(stdout).toContain("The kernel's auditing is off, and is turned on while the method runs.");
    expect(stdout).toMatch(/^ {2}cannot see: .*io_uring/m);
    expect(readAuditState()).toEqual(before);
  });

  test("gives the same as JSON", async () => {
    const { code, stdout } = await runCli(["doctor", "--method", "audit", "--json"]);
    const { methods } = JSON.parse(stdout) as { methods: { probe: { checks: { name: string }[] } }[] };
    expect(methods).toMatchObject([{ method: "audit", installed: true, probe: { result: "available" } }]);
    expect(methods[0]?.probe.checks.map(({ name }) => name)).toEqual(CHECKS);
    expect(code).toBe(0);
  });

  test("says what keeps it from running where nobody asks for it", async () => {
    const { stdout } = await runCli(["doctor"]);
    expect(stdout).toMatch(/^✘ audit cannot run here$/m);
    expect(stdout).toMatch(/^ {2}✘ audit-enabled: The kernel's auditing is off\.\n.*\n.*procmon watch --method audit/m);
    expect(readAuditState()).toEqual(before);
  });
});

describe("commands that look once find owners, and change nothing", () => {
  test.each(["ls", "who"])("%s", async (command) => {
    await using socket = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"]);
    const { pid, ready } = socket;
    const asked = command === "who" ? [`:${ready.port}`] : ["-a"];
    const run = await runCli([command, ...asked, "--method", "audit", "--strict", "--json"]);
    expect(run.code).toBe(0);
    const { method, sockets } = JSON.parse(run.stdout) as {
      method: string;
      sockets: { connection?: { srcPort: number }; ownership?: unknown }[];
    };
    expect(method).toBe("audit");
    const found = sockets.filter(({ connection }) => connection?.srcPort === ready.port);
    expect(found).toMatchObject([{ ownership: { kind: "process", confidence: "exact", owners: [{ pid }] } }]);
    expect(readAuditState()).toEqual(before);
  });
});
