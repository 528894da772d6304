import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connectProcmon } from "@procmon/serialize-grpc/client";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AS_NOBODY, buildCommand, MAIN, needsStart, run } from "./built-command.ts";

const running = new Set<ChildProcess>();
let folder = "";
let socket = "";

beforeAll(buildCommand, 120_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "procmon-serve-"));
  chmodSync(folder, 0o755);
  socket = join(folder, "procmon.sock");
});
afterEach(async () => {
  for (const child of running) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  }
  running.clear();
  rmSync(folder, { recursive: true });
});

interface Serving {
  readonly child: ChildProcess;
  /** All that it has said so far. */
  said(): string;
  ended: Promise<unknown[]>;
}

/** Starts it and waits until it says a line that fits. */
async function startServing(args: readonly string[], until: RegExp): Promise<Serving> {
  const command = [MAIN, "serve", "--method", "proc", ...args];
  const child = spawn(process.execPath, command, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const ended = once(child, "close");
  let said = "";
  for await (const line of createInterface({ input: child.stderr })) {
    said += `${line}\n`;
    if (until.test(line)) {
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
      child.stderr.resume();
      return { child, said: () => said, ended };
    }
  }
  throw new Error(`it ended, and said: ${said}`);
}

const SERVING = /Serving procmon\.v1\.Procmon on /;

describe("procmon serve", () => {
  it("serves on a socket of its owner's, and Ctrl-C ends it and takes the socket away", async () => {
    const { child, said, ended } = await startServing(["--listen", `unix://${socket}`], SERVING);
    expect(said()).toMatch(/^procmon: Watching with the method proc/);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    using client = connectProcmon({ address: `unix://${socket}` });
    expect((await client.findProcess(child.pid ?? 0))?.args).toContain("serve");
    const watching = client.watch({ types: ["exec"] });
    const first = watching.next();
    await watching.ready;
    first.catch(() => undefined);
    const began = performance.now();
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(existsSync(socket)).toBe(false);
  });

  it("is closed to other users", async (context) => {
    needsStart(context, AS_NOBODY);
    await startServing(["--listen", socket], SERVING);
    const asking = `const s=require("net").connect(${JSON.stringify(socket)}); s.on("error",(e)=>console.log(e.code)); s.on("connect",()=>{console.log("open"); s.end()})`;
    const [program = "", ...rest] = AS_NOBODY;
    const { stdout } = spawnSync(program, [...rest, process.execPath, "-e", asking], { cwd: "/", encoding: "utf8" });
    expect(stdout.trim()).toBe("EACCES");
  });

  it("does not give the environment, unless told to", async () => {
    const { child } = await startServing(["--listen", socket], SERVING);
    using client = connectProcmon({ address: `unix://${socket}` });
    await expect(client.findProcess(child.pid ?? 0, { env: true })).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
    expect((await client.findProcess(child.pid ?? 0))?.env).toBeUndefined();
  });

  it("gives it with --env to those who ask", async () => {
    const { child } = await startServing(["--listen", socket, "--env"], SERVING);
    using client = connectProcmon({ address: `unix://${socket}` });
    expect((await client.findProcess(child.pid ?? 0))?.env).toBeUndefined();
    expect((await client.findProcess(child.pid ?? 0, { env: true }))?.env?.PATH).toBe(process.env.PATH);
  });

  it("serves browsers of the origins that were named", async () => {
    const args = ["--listen", socket, "--web", "127.0.0.1:0", "--insecure", "--allow-origin", "http://localhost:5173"];
    const { said } = await startServing(args, /Serving browsers on /);
    const address = /browsers on (?:tcp|https?):\/\/(127\.0\.0\.1:\d+)/.exec(said())?.[1];
    const ask = (origin: string): Promise<Response> =>
      fetch(`http://${address}/procmon.v1.Procmon/FindProcess`, {
        method: "POST",
        headers: { "content-type": "application/json", origin },
        body: JSON.stringify({ pid: process.pid }),
      });
    const answer = await ask("http://localhost:5173");
    expect(await answer.json()).toMatchObject({ process: { pid: process.pid } });
    expect((await ask("http://evil.example")).status).toBe(403);
  });

  it("ends with code 69 where it cannot listen, and leaves alone what is there", async () => {
    writeFileSync(socket, "mine");
    const file = await run(["serve", "--method", "proc", "--listen", socket]);
    expect(file.code, file.stderr).toBe(69);
    expect(file.stderr).toContain(socket);
    rmSync(socket);
    const other = createServer().listen(socket);
    await once(other, "listening");
    const busy = await run(["serve", "--method", "proc", "--listen", socket]);
    expect(busy.code, busy.stderr).toBe(69);
    expect(existsSync(socket)).toBe(true);
    other.close();
  });
});
