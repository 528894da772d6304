import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import type { MonitorMethod } from "@procmon/core";
import { procMethod } from "@procmon/method-proc";
import { requirement } from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { end, until } from "./connections.ts";
import { createHost, type RecordingHost } from "./host.ts";

const NO_ROOT = requirement("root");
const SHELL = realpathSync("/bin/sh");
const TRUE = realpathSync("/bin/true");

let host: RecordingHost;
let method: MonitorMethod;

beforeEach(() => {
  method = procMethod();
  host = createHost(["exec", "fork", "exit"]);
});

afterEach(async () => {
  await method.stop();
  host.close();
});

/** What was told of a process, in order. */
const of = (pid: number | undefined) => host.events.filter(({ process }) => process?.pid === pid);
const typesOf = (pid: number | undefined) => of(pid).map(({ type }) => type);

async function start(options: Parameters<typeof procMethod>[0] = {}): Promise<void> {
  method = procMethod({ processEvents: "connector", ...options });
  await method.start(host);
  expect(method.stats?.()).toMatchObject({ connector: 1 });
}

/** Runs it to its end, and waits until that has been told. */
async function run(file: string, ...args: string[]): Promise<number> {
  const child = spawn(file, args, { stdio: "ignore" });
  await once(child, "exit");
  await until(() => typesOf(child.pid).includes("exit"));
  return child.pid ?? 0;
}

/** Runs it again until it could be read before it ended, which on a busy machine is not always so. What cannot be read is missing. */
async function runSeen(file: string, ...args: string[]): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const pid = await run(file, ...args);
    expect(typesOf(pid)).toEqual(["fork", "exec", "exit"]);
    const { path, args: known } = of(pid)[1]?.process ?? {};
    if ((path !== undefined && known !== undefined) || attempt === 100) return pid;
    expect([path, known]).toEqual([undefined, undefined]);
  }
}

describe.each([true, false])("process events of the kernel, with worker: %s", (worker) => {
  beforeEach(({ skip }) => skip(NO_ROOT !== undefined, NO_ROOT));

  it("tell a short life whole", async () => {
    await start({ worker });
    const pid = await runSeen("/bin/sh", "-c", "exit 3");
    const [fork, exec, exit] = of(pid);
    expect(fork?.process).toMatchObject({ pid, ppid: process.pid, path: process.execPath });
    expect(exec?.process).toMatchObject({ pid, ppid: process.pid, path: SHELL, args: ["/bin/sh", "-c", "exit 3"] });
    expect(exec?.process?.cwd).toBe(process.cwd());
    expect(exec?.process?.tree?.[1]?.pid).toBe(process.pid);
    expect(exit).toMatchObject({ process: { pid, path: SHELL }, exitCode: 3 });
    expect(new Set(of(pid).map((event) => event.process?.startTime)).size).toBe(1);
    const times = of(pid).map(({ time }) => time ?? 0n);
    expect(times.every((time, at) => at === 0 || time > (times[at - 1] ?? 0n))).toBe(true);
  });

  it("tell each image of a process that runs several", async () => {
    await start({ worker });
    const pid = await run("/bin/sh", "-c", "exec /bin/sh -c 'exec /bin/true end'");
    expect(typesOf(pid)).toEqual(["fork", "exec", "exec", "exec", "exit"]);
    const images = of(pid).flatMap(({ type, process }) => (type === "exec" ? [[process?.path, process?.args]] : []));
    const real = [
      [SHELL, ["/bin/sh", "-c", "exec /bin/sh -c 'exec /bin/true end'"]],
      [SHELL, ["/bin/sh", "-c", "exec /bin/true end"]],
      [TRUE, ["/bin/true", "end"]],
    ];
    // What could not be read in time is missing, and nothing else is in its place.
    for (const [at, image] of images.entries()) expect([real[at], [undefined, undefined]]).toContainEqual(image);
  });

  it("tell which signal ended a process, and a fork that runs nothing", async () => {
    await start({ worker });
    const child = spawn("/bin/sh", ["-c", "(kill -9 $(exec sh -c 'echo $PPID')); wait"], { stdio: "ignore" });
    await once(child, "exit");
    const killed = await until(() =>
      host.events.find((event) => event.type === "exit" && event.process.ppid === child.pid && event.signal === 9),
    );
    expect(typesOf(killed.process?.pid)).toEqual(["fork", "exit"]);
    expect([SHELL, undefined]).toContain(killed.process?.path);
  });

  it("read a process that lives whole", async () => {
    await start({ worker });
    // With much else going on it is told of first, and read when there is time.
    for (let attempt = 1; attempt <= 100; attempt++) {
      const child = spawn("sleep", ["60"], { stdio: "ignore" });
      try {
        await until(() => typesOf(child.pid).includes("exec"));
      } finally {
        await end(child);
      }
      const exec = of(child.pid).find(({ type }) => type === "exec");
      if (exec?.process?.uid === undefined) continue;
      expect(exec.process).toMatchObject({ args: ["sleep", "60"], uid: 0, root: "/", exeKind: "file" });
      return;
    }
    expect.unreachable("none was read whole");
  });

  // Without the worker nothing is looked at before somebody reads.
  it.runIf(worker)("are kept for a moment for a reader who comes later", async () => {
    host.wanted.clear();
    await start({ worker });
    const pid = spawnSync("/bin/true").pid;
    host.wanted.add("exec");
    await until(() => typesOf(pid).includes("exit"));
    expect(typesOf(pid)).toEqual(["fork", "exec", "exit"]);
  });

  it("leave no socket and no thread behind", async () => {
    const threads = () => readdirSync("/proc/self/task").length;
    const before = threads();
    await start({ worker });
    await until(() => connectorSockets().length > 0);
    await method.stop();
    expect(connectorSockets()).toEqual([]);
    await until(() => threads() <= before);
  });
});

describe("where the kernel does not tell", () => {
  const refused = { code: "METHOD_UNAVAILABLE", remedy: expect.stringMatching(/\w/) };

  it("says so, and polls", async () => {
    const said: string[] = [];
    const log = { ...host.log, info: (message: string) => void said.push(message) };
    method = procMethod({ native: false, pollMs: 20 });
    await method.start({ ...host, log });
    expect(said).toEqual([expect.stringMatching(/^proc: processes are looked for again and again\. .*native/)]);
    expect(method.capabilities.events).toMatchObject({ exec: "polled", fork: "polled", exit: "polled" });
    expect(method.stats?.()).toMatchObject({ connector: 0 });
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    await until(() => typesOf(child.pid).includes("exec"));
    await end(child);
  });

  it("does not start where nothing else is wanted", async () => {
    method = procMethod({ native: false, processEvents: "connector" });
    await expect(method.start(host)).rejects.toMatchObject(refused);
  });

  it("tells why in another pid namespace", ({ skip }) => {
    skip(NO_ROOT !== undefined, NO_ROOT);
    expect(checkInNamespace("--pid", "--fork", "--mount-proc")).toMatchObject({
      result: "unavailable",
      required: false,
      detail: expect.stringContaining("pid namespace"),
      cost: expect.stringMatching(/\.$/),
      remedy: expect.stringMatching(/\.$/),
    });
  });
});

it("the kernel tells also who is in another network namespace, and may enter the first", ({ skip }) => {
  skip(NO_ROOT !== undefined, NO_ROOT);
  expect(checkInNamespace("--net")).toMatchObject({ result: "available" });
});

/** The check of the connector by a process in namespaces of its own. */
function checkInNamespace(...flags: readonly string[]): unknown {
  const script = `import { procMethod } from "@procmon/method-proc";
    const report = await procMethod().probe();
    console.log(JSON.stringify(report.checks.find(({ name }) => name === "proc-connector")));`;
  const node = [process.execPath, "--conditions=@procmon/source", "--input-type=module", "-e", script];
  return JSON.parse(execFileSync("unshare", [...flags, ...node], { cwd: import.meta.dirname, encoding: "utf8" }));
}

/** Ids of this process's sockets of the proc connector, protocol 11, in `/proc/net/netlink`. */
function connectorSockets(): string[] {
  const rows = readFileSync("/proc/net/netlink", "utf8").split("\n").slice(1);
  const inodes = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1]];
    } catch {
      return [];
    }
  });
  return rows.flatMap((row) => {
    const fields = row.trim().split(/\s+/);
    return fields[1] === "11" && inodes.includes(fields.at(-1)) ? [fields.at(-1) ?? ""] : [];
  });
}
