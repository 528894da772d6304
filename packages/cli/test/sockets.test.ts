import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AS_NOBODY, buildCommand, MAIN, needsStart, run, UNPRIVILEGED } from "./built-command.ts";

let server: Server;
let client: Socket;
let port: number;

beforeAll(async () => {
  buildCommand();
  server = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  client = connect(port, "127.0.0.1");
  await once(client, "connect");
}, 120_000);

afterAll(() => {
  client.destroy();
  server.close();
});

interface Diagnosis {
  readonly methods: readonly { readonly probe?: { readonly result: string } }[];
}

interface Document {
  readonly v: number;
  readonly method: string;
  readonly sockets: readonly {
    readonly state: string;
    readonly inode: number;
    readonly connection?: { readonly srcPort: number; readonly dstPort: number };
    readonly ownership: { readonly kind: string; readonly owners?: readonly { readonly pid: number }[] };
  }[];
}

function mayList(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

async function list(...args: string[]): Promise<Document> {
  const { stdout } = await run(["ls", "--json", ...args]);
  return JSON.parse(stdout) as Document;
}

describe("ls", () => {
  it("shows connected sockets, listeners or both, as the flags say", async () => {
    const states = async (...args: string[]): Promise<string[]> =>
      (await list("-t", "-P", String(port), ...args)).sockets.map(({ state }) => state).sort();
    expect(await states()).toEqual(["established", "established"]);
    expect(await states("-l")).toEqual(["listen"]);
    expect(await states("-a")).toEqual(["established", "established", "listen"]);
    expect(await states("-a", "-4")).toHaveLength(3);
  });

  it.each(["proc", "ebpf"])("names this process as the owner, by the method %s", async (name) => {
    const doctor = JSON.parse((await run(["doctor", "--method", name, "--json"])).stdout) as Diagnosis;
    const canRun = doctor.methods[0]?.probe?.result === "available";
    const args = ["-tl", "-P", String(port), "--method", name, "--strict"];
    if (!canRun) {
      expect((await run(["ls", ...args])).code).toBe(4);
      return;
    }
    const { v, method, sockets } = await list(...args);
    expect({ v, method }).toEqual({ v: 1, method: name });
    expect(sockets[0]?.ownership.owners?.map(({ pid }) => pid)).toEqual([process.pid]);
  });

  it("knows a unix socket without a name by its inode, which `who` takes", async () => {
    const child = spawn("sleep", ["60"], { stdio: ["pipe", "ignore", "ignore"] });
    await once(child, "spawn");
    // Node's pipes to children are unix sockets without a name.
    const { stdout } = await run(["ls", "-xH", "-p", String(child.pid)]);
    const inode = /inode (\d+)/.exec(stdout)?.[1];
    const who = await run(["who", "inode", String(inode), "--json"]);
    child.kill();
    const { sockets } = JSON.parse(who.stdout) as Document;
    expect(sockets.flatMap(({ ownership }) => ownership.owners ?? []).map(({ pid }) => pid)).toContain(child.pid);
  });

  it("prints an aligned table, with and without its header", async () => {
    const { stdout, code } = await run(["ls", "-tan", "-P", String(port)]);
    const [header = "", first = ""] = stdout.split("\n");
    expect(code).toBe(0);
    expect(header).toMatch(/^Proto {2}State +Local +Peer +Pid +Process +User +Executable$/);
    expect(first.indexOf("127.0.0.1:")).toBe(header.indexOf("Local"));
    expect(first).toContain(` ${process.pid} `);
    const bare = await run(["ls", "-tanH", "-P", String(port)]);
    expect(bare.stdout.split("\n")[0]).toMatch(/^tcp /);
  });

  it("colours only a terminal, and not with NO_COLOR", async () => {
    const args = ["ls", "-ta", "-P", String(port)];
    const onTerminal = async (env: Readonly<Record<string, string>>): Promise<string> => {
      const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(" ");
      const child = spawn("script", ["-qec", command, "/dev/null"], {
        env: { PATH: process.env.PATH, TERM: "xterm-256color", ...env },
        stdio: ["ignore", "pipe", "ignore"],
      });
      return (await child.stdout.setEncoding("utf8").toArray()).join("");
    };
    expect((await run(args)).stdout).not.toContain("\u001b");
    expect(await onTerminal({})).toContain("\u001b[32mestablished");
    const plain = await onTerminal({ NO_COLOR: "1" });
    expect(plain).toContain("established");
    expect(plain).not.toContain("\u001b");
  });

  it("ends with 1 where nothing matches", async () => {
    const { code, stdout, stderr } = await run(["ls", "-ta", "-P", "1", "-p", String(process.pid)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("No socket matches.");
  });

  it("ends with 3 where nothing matches because the process may not be looked at, and only there", async () => {
    const { code, stdout, stderr } = await run(["ls", "-ta", "-P", "1", "-p", "1"]);
    const isOpen = mayList("/proc/1/fd");
    expect({ code, stdout }).toEqual({ code: isOpen ? 1 : 3, stdout: "" });
    expect(stderr).toContain(isOpen ? "No socket matches." : "process 1 may not be looked at, which takes ");
  });

  it("tells an unprivileged user what is hidden, and does not take it for nothing", async (context) => {
    needsStart(context, AS_NOBODY);
    const all = await run(["ls", "-tan", "-P", String(port)], { through: AS_NOBODY });
    expect(all.code).toBe(0);
    expect(all.stdout).toContain("(hidden)");
    expect(all.stderr).toMatch(/owners of \d+ of \d+ sockets are hidden.*Run as root/);
    const mine = await run(["ls", "-ta", "-p", String(process.pid)], { through: AS_NOBODY });
    expect(mine.code).toBe(3);
    expect(mine.stderr).toContain("may not be looked at");
  });
});

describe("who", () => {
  it.each([[":PORT"], ["PORT"], ["tcp", ":PORT"], ["127.0.0.1:PORT"]])("finds %s", async (...words) => {
    const args = words.map((word) => word.replace("PORT", String(port)));
    const { code, stdout } = await run(["who", ...args, "--json"]);
    expect(code).toBe(0);
    const { sockets } = JSON.parse(stdout) as Document;
    expect(sockets.map(({ state }) => state).sort()).toEqual(["established", "listen"]);
    for (const { ownership } of sockets) expect(ownership.owners?.[0]?.pid).toBe(process.pid);
  });

  it("finds one connection by its two ends", async () => {
    const { localPort } = client;
    const ends = [`127.0.0.1:${localPort}`, `127.0.0.1:${port}`];
    const { code, stdout } = await run(["who", "tcp", ...ends, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ownership: { kind: "process", confidence: "exact", owners: [{ pid: process.pid }] },
      sockets: [{ connection: { srcPort: localPort, dstPort: port } }],
    });
    const text = await run(["who", "tcp", ...ends]);
    expect(text.stdout).toContain(` ${process.pid} `);
  });

  it("finds a socket by its inode", async () => {
    const inode = (await list("-tl", "-P", String(port))).sockets[0]?.inode;
    const { code, stdout } = await run(["who", "inode", String(inode), "--json"]);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Document).sockets).toHaveLength(1);
  });

  it("says when it found those connected to a port, and not its owner", async () => {
    const { localPort } = client;
    expect((await run(["who", `:${localPort}`])).stderr).toBe("");
    const other = await run(["who", "udp", `:${port}`]);
    expect(other.code).toBe(1);
  });

  it("tells an unprivileged user, too, that nothing is there", async (context) => {
    needsStart(context, UNPRIVILEGED);
    const nothing = await run(["who", "tcp", ":1"], { through: UNPRIVILEGED });
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toContain("There is no such socket.");
  });

  it("tells an unprivileged user whose socket is somebody else's, by code and sentence, what it takes", async (context) => {
    needsStart(context, AS_NOBODY);
    const hidden = await run(["who", `:${port}`], { through: AS_NOBODY });
    expect(hidden.code).toBe(3);
    expect(hidden.stderr).toMatch(/^procmon: The owner may not be looked at, which takes CAP_SYS_PTRACE .*\.\n$/);
    const exact = await run(["who", "tcp", `127.0.0.1:${client.localPort}`, `127.0.0.1:${port}`], {
      through: AS_NOBODY,
    });
    expect(exact.code).toBe(3);
  });
});
