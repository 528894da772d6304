import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { MonitorMethod } from "../method/monitor-method.ts";
import { readSnapshot } from "../sockets/read-snapshot.ts";
import { createMonitor } from "./create-monitor.ts";

/** A whole method in a few lines: it reads all sockets for each question, and sees processes end by asking the finder. */
function tinyMethod(): MonitorMethod {
  let timer: NodeJS.Timeout | undefined;
  let procfs = { root: "" };
  return {
    specVersion: 1,
    name: "tiny",
    capabilities: {
      events: { exec: "polled", exit: "polled" },
      protocols: ["tcp"],
      execSafe: false,
      networkNamespaces: "all",
      blindSpots: ["Nearly everything."],
    },
    probe: async () => ({ result: "available", checks: [] }),
    async start(host) {
      procfs = host.procfs;
      const seen = new Set<number>();
      timer = setInterval(() => {
        for (const { pid } of host.processes.values()) {
          const process = host.finder.find(pid);
          if (process === undefined) continue;
          if (host.processes.isEnded(process)) {
            if (seen.delete(pid)) host.emit({ type: "exit", process });
          } else if (!seen.has(pid)) {
            seen.add(pid);
            host.emit({ type: "exec", process });
          }
        }
      }, 20).unref();
    },
    async stop() {
      clearInterval(timer);
    },
    async findOwner(connection) {
      const { sockets } = readSnapshot(procfs, { families: ["inet"] });
      const found = sockets.find(
        (socket) =>
          socket.family === "inet" &&
          socket.connection.srcPort === connection.srcPort &&
          socket.connection.dstPort === connection.dstPort &&
          socket.connection.srcIp === connection.srcIp,
      );
      return found?.ownership ?? { kind: "none", reason: "not-found" };
    },
  };
}

test("a real connection, a real process, from its exec to its end", async () => {
  await using monitor = createMonitor({ methods: [tinyMethod] });
  const stream = monitor.events({ types: ["exec", "exit"] });
  await monitor.start();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  const listener = {
    protocol: "tcp",
    srcIp: "127.0.0.1",
    srcPort: address.port,
    dstIp: "0.0.0.0",
    dstPort: 0,
  } as const;
  expect(await monitor.findOwner(listener)).toMatchObject({ kind: "process", owners: [{ pid: process.pid }] });
  server.close();
  await once(server, "close");
  expect(await monitor.findOwner(listener)).toEqual({ kind: "none", reason: "not-found" });

  const child = spawn("sleep", ["60"]);
  const found = await monitor.findProcess(child.pid ?? 0);
  expect(found).toMatchObject({ pid: child.pid, ppid: process.pid, comm: "sleep" });
  expect((await stream.next()).value).toMatchObject({ type: "exec", method: "tiny", process: { pid: child.pid } });
  child.kill("SIGKILL");
  expect((await stream.next()).value).toMatchObject({ type: "exit", process: { pid: child.pid } });
});

/** Runs a program that imports core, and gives its exit code and output. */
function run(program: string): { readonly code: number | null; readonly output: string } {
  const directory = mkdtempSync(join(tmpdir(), "procmon-monitor-"));
  try {
    const file = join(directory, "program.mts");
    const modules = new URL("..", import.meta.url).pathname;
    writeFileSync(
      file,
      program
        .replaceAll("CORE", `${modules}/monitor/create-monitor.ts`)
        .replaceAll("FAKE", `${modules}/monitor/testing/fake-method.ts`),
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8", timeout: 10_000 });
    return { code: status, output: stdout + stderr };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const HEAD = `
  import { createMonitor } from "CORE";
  import { execOf, fakeMethod } from "FAKE";
  const method = fakeMethod("m");
  const monitor = createMonitor({ methods: [method] });
  await monitor.start();
`;

test("a started monitor alone keeps no process alive", () => {
  expect(run(`${HEAD} console.log("over");`)).toEqual({ code: 0, output: "over\n" });
});

test("a reader that waits does, until the stream ends", () => {
  const program = `${HEAD}
    setTimeout(() => method.host.emit(execOf(7)), 200).unref();
    for await (const event of monitor.events({ types: ["exec"] })) { console.log(event.process.pid); break; }
    const rest = monitor.events();
    setTimeout(() => monitor.stop(), 200).unref();
    for await (const event of rest) console.log(event.type);
    console.log("over");`;
  expect(run(program)).toEqual({ code: 0, output: "7\nmethod\nover\n" });
});
