import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AS_NOBODY, buildCommand, needsStart, run } from "./built-command.ts";

let child: ChildProcess;
let server: Server;
let port: number;

const HOSTILE = "evil\u001b[31m name";

beforeAll(async () => {
  buildCommand();
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  child = spawn("sleep", ["300"], { argv0: HOSTILE, env: { PATH: process.env.PATH, PROCMON_TEST_SECRET: "hunter2" } });
  await once(child, "spawn");
}, 120_000);

afterAll(() => {
  child.kill();
  server.close();
});

const GONE = "4194303";

describe("inspect", () => {
  it("tells all as one document", async () => {
    const { code, stdout } = await run(["inspect", String(child.pid), "--json"]);
    expect(code).toBe(0);
    expect(stdout).not.toContain("hunter2");
    const document = JSON.parse(stdout) as { readonly process: { readonly tree: readonly { readonly pid: number }[] } };
    expect(document).toMatchObject({
      v: 1,
      process: { pid: child.pid, ppid: process.pid, comm: "sleep", args: [HOSTILE, "300"] },
      status: { threads: 1 },
    });
    const { tree } = document.process;
    expect(tree.slice(0, 2).map(({ pid }) => pid)).toEqual([child.pid, process.pid]);
    for (const part of ["stat", "status", "statm", "io", "net", "maps", "descriptors"])
      expect(document).toHaveProperty(part);
  });

  it("resolves descriptors to their sockets", async () => {
    const { stdout } = await run(["inspect", String(process.pid), "--json"]);
    const { descriptors } = JSON.parse(stdout) as {
      descriptors: { descriptors: { kind: string; socket?: { connection?: { srcPort: number }; state: string } }[] };
    };
    const listener = descriptors.descriptors.find(({ socket }) => socket?.connection?.srcPort === port);
    expect(listener).toMatchObject({ kind: "socket", socket: { state: "listen" } });
    const text = await run(["inspect", String(process.pid)]);
    expect(text.stdout).toContain(`tcp 127.0.0.1:${port} → 0.0.0.0:* listen`);
  });

  it("prints names of others escaped, and the environment only when told", async () => {
    const plain = await run(["inspect", String(child.pid)]);
    expect(plain.stdout).toContain("$'evil\\e[31m name' 300");
    expect(plain.stdout).not.toContain("\u001b");
    expect(plain.stdout).not.toContain("hunter2");
    expect(plain.stdout).toMatch(/^ {2}executable +\/\S+\n {2}arguments /m);
    const told = await run(["inspect", String(child.pid), "--env"]);
    expect(told.stdout).toContain("PROCMON_TEST_SECRET=hunter2");
  });

  it("ends with 1 for a process that there is not", async () => {
    const { code, stdout, stderr } = await run(["inspect", GONE]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(`procmon: There is no process ${GONE}.\n`);
  });

  it("ends with 3 for a process that hidepid hides, and with 1 for one that is not there", async (context) => {
    const mount = "mount -t proc -o hidepid=2 proc /proc && exec";
    const through = ["unshare", "-m", "sh", "-c", `${mount} ${AS_NOBODY.join(" ")} "$@"`, "sh"];
    needsStart(context, through, "needs root that may mount a procfs in a namespace of its own");
    const hidden = await run(["inspect", String(child.pid)], { through });
    expect(hidden.stderr).toBe(
      `procmon: Process ${child.pid} is there, but is hidden by hidepid=invisible on /proc; ` +
        "to see it takes CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.\n",
    );
    expect(hidden.code).toBe(3);
    expect((await run(["tree", String(child.pid), "--no-sockets"], { through })).code).toBe(3);
    expect((await run(["ls", "-a", "-p", String(child.pid)], { through })).code).toBe(3);
    expect((await run(["inspect", GONE], { through })).code).toBe(1);
  });

  it("tells an unprivileged user what it could not read", async (context) => {
    needsStart(context, AS_NOBODY);
    const { code, stdout, stderr } = await run(["inspect", String(child.pid)], { through: AS_NOBODY });
    expect(code).toBe(0);
    expect(stdout).toContain("sleep");
    expect(stderr).toMatch(/^procmon: Not allowed to read: .*descriptors.*, which takes CAP_SYS_PTRACE.*\.\n$/);
  });
});

describe("tree", () => {
  it("draws the descendants with their sockets", async () => {
    const { code, stdout } = await run(["tree", String(process.pid)]);
    const lines = stdout.split("\n");
    expect(code).toBe(0);
    const user = String(spawnSync("id", ["-un"]).stdout).trim();
    expect(lines[0]).toMatch(new RegExp(`^${process.pid} `));
    expect(lines).toContainEqual(expect.stringMatching(`│ +tcp 127\\.0\\.0\\.1:${port} listen$`));
    expect(lines).toContainEqual(expect.stringMatching(`^[├└]─ ${child.pid} sleep \\(${user}\\)`));
    expect(stdout).not.toContain("\u001b");
  });

  it("nests the JSON", async () => {
    const { stdout } = await run(["tree", "--json"]);
    interface Node {
      readonly pid: number;
      readonly kernelThread?: boolean;
      readonly sockets: readonly { readonly connection?: { readonly srcPort: number } }[];
      readonly children: readonly Node[];
    }
    const { v, processes } = JSON.parse(stdout) as { v: number; processes: Node[] };
    expect(v).toBe(1);
    const find = (nodes: readonly Node[], pid: number): Node | undefined => {
      for (const node of nodes) {
        const found = node.pid === pid ? node : find(node.children, pid);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const self = find(processes, process.pid);
    expect(self?.sockets.some(({ connection }) => connection?.srcPort === port)).toBe(true);
    expect(find(self?.children ?? [], child.pid as number)).toBeDefined();
    expect(find(processes, 2)).toBeUndefined();
    const all = JSON.parse((await run(["tree", "--kernel", "--json"])).stdout) as { processes: Node[] };
    expect(find(all.processes, 2)?.kernelThread).toBe(true);
  });

  it("ends with 1 for a process that there is not", async () => {
    const { code, stderr } = await run(["tree", GONE, "--no-sockets"]);
    expect(code).toBe(1);
    expect(stderr).toContain(`There is no process ${GONE}.`);
  });
});
