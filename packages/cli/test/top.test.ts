import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildCommand, COUNTING_METHOD, MAIN, run } from "./built-command.ts";

const TOP = ["top", "--method", COUNTING_METHOD, "--interval", "100ms"];
const UP = 4194301;
const EVIL = 4194302;
const running = new Set<ChildProcess>();

beforeAll(buildCommand, 120_000);

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

interface Document {
  readonly processes: readonly { readonly pid: number }[];
}

const pidsOf = (text: string): number[] => (JSON.parse(text) as Document).processes.map(({ pid }) => pid);

describe("as JSON", () => {
  it("--once is one document, with what was moved so far and in each second", async () => {
    const { code, stdout } = await run([...TOP, "--once", "--json"]);
    expect(code).toBe(0);
    expect(stdout.indexOf("\n")).toBe(stdout.length - 1);
    const rates = {
      bytesSent: "9007199254743993",
      bytesReceived: "0",
      bytesSentPerSecond: "3000",
      bytesReceivedPerSecond: "0",
    };
    expect(JSON.parse(stdout)).toEqual({
      v: 1,
      method: "counting",
      time: expect.stringMatching(/^\d{4}-.*\.\d{9}Z$/),
      interval: "1000000000",
      processes: [
        {
          pid: UP,
          startTime: "1",
          comm: "up",
          path: "/usr/bin/up-1",
          ...rates,
          connections: [
            {
              connection: {
                protocol: "tcp",
                srcIp: "127.0.0.1",
                srcPort: 4000,
                dstIp: "127.0.0.1",
                dstPort: 443,
                netns: 1,
              },
              ...rates,
            },
          ],
        },
        expect.objectContaining({ pid: EVIL, bytesReceived: "2000", bytesReceivedPerSecond: "2000", connections: [] }),
        // Of a process that is there, the rest is known too.
        expect.objectContaining({ pid: process.pid, path: process.execPath, uid: process.getuid?.(), bytesSent: "10" }),
      ],
    });
  });

  it("without --once it is one document a look", async () => {
    const { code, stdout } = await run([...TOP, "--count", "3", "--json"]);
    expect(code).toBe(0);
    const received = stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { processes: { bytesReceived: string }[] }).processes[1]?.bytesReceived);
    expect(received).toEqual(["2000", "4000", "6000"]);
  });

  it.each([
    ["total", [UP, EVIL, process.pid]],
    ["sent", [UP, process.pid, EVIL]],
    ["received", [EVIL, process.pid, UP]],
  ])("--sort %s", async (order, pids) => {
    expect(pidsOf((await run([...TOP, "--once", "--json", "--sort", order])).stdout)).toEqual(pids);
  });

  it.each<[string[], number[]]>([
    [["-p", String(EVIL)], [EVIL]],
    [["-n", "up"], [UP]],
    [["-n", "up-1"], [UP]],
    [["-u", String(process.getuid?.())], [process.pid]],
    [["-n", "up", "-p", String(EVIL)], []],
    [["-n", "idle"], []],
  ])("%j keeps what fits, and ends with 1 where nothing does", async (filter, pids) => {
    const { code, stdout } = await run([...TOP, "--once", "--json", ...filter]);
    expect(pidsOf(stdout)).toEqual(pids);
    expect(code).toBe(pids.length > 0 ? 0 : 1);
  });
});

describe("as a table", () => {
  it("has a line that sums up, and names escaped", async () => {
    const { code, stdout } = await run([...TOP, "--once"]);
    expect(code).toBe(0);
    const [summary, header = "", first = "", second = ""] = stdout.split("\n");
    expect(summary).toMatch(/^\d\d:\d\d:\d\d {2}counting {2}3 processes {2}3\.0 kB\/s sent {2}2\.0 kB\/s received$/);
    expect(header).toMatch(/^ +Pid {2}Process +User +Sent\/s {2}Recv\/s +Sent +Recv {2}Open {2}Executable$/);
    expect(first).toMatch(/^ *4194301 {2}up +3\.0 kB +0 B +9007 TB +0 B +1 {2}\/usr\/bin\/up-1$/);
    expect(second).toContain("evil\\x1b[31m");
    expect(second).toContain("/tmp/\\u{202e}exe");
    expect(stdout).not.toContain("\u001b");
  });

  it("ends with 1 when the time passes before a look, and with 0 after one", async () => {
    expect((await run([...TOP, "--duration", "1ms"])).code).toBe(1);
    const looked = await run([...TOP, "--duration", "550ms"]);
    expect(looked.code).toBe(0);
    expect(looked.stdout).toContain("up-1");
  });

  it("ends soon and quietly when its reader has gone", () => {
    const script = `"${process.execPath}" "${MAIN}" "$@" | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", ...TOP], { encoding: "utf8", timeout: 15_000 });
    expect(stdout).toMatch(/ 3 processes .*\n0\n$/);
    expect(stderr).toBe("");
  });
});

describe("on a terminal", () => {
  const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
  const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";

  interface Terminal {
    readonly child: ChildProcess;
    /** All that was printed, as soon as it holds this. */
    shows(text: string): Promise<string>;
    readonly ended: Promise<string>;
  }

  /** Starts it on a terminal of so many lines; the pid of `top` itself is printed first. */
  function onTerminal(lines: number, args: readonly string[], env: Readonly<Record<string, string>> = {}): Terminal {
    const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["-qec", `stty rows ${lines} cols 90; echo pid $$; exec ${command}`, "/dev/null"], {
      env: { PATH: process.env.PATH, TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    running.add(child);
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    return {
      child,
      async shows(text) {
        await expect.poll(() => printed, { timeout: 10_000 }).toContain(text);
        return printed;
      },
      ended: once(child, "close").then(() => printed),
    };
  }

  it("is drawn in place, with colours, within the lines and columns that there are", async () => {
    const terminal = onTerminal(4, [...TOP, "--count", "3"]);
    const text = await terminal.ended;
    expect(terminal.child.exitCode).toBe(0);
    const from = text.indexOf(ENTER);
    expect(from).toBeGreaterThan(0);
    expect(text.trimEnd().endsWith(LEAVE)).toBe(true);
    const frames = text
      .slice(from + ENTER.length, text.lastIndexOf(LEAVE))
      .split("\u001b[H")
      .slice(1);
    expect(frames).toHaveLength(4);
    for (const frame of frames.slice(1)) {
      expect(frame).toContain("\u001b[36m");
      const lines = stripVTControlCharacters(frame).split("\r\n");
      expect(lines).toHaveLength(4);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(90);
      expect(lines[3]).toContain("evil\\x1b[31m");
    }
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("gives the screen back on %s, within a second", async (signal) => {
    const terminal = onTerminal(24, TOP);
    const text = await terminal.shows("4194301");
    const began = performance.now();
    process.kill(Number(/pid (\d+)/.exec(text)?.[1]), signal);
    const all = await terminal.ended;
    expect(performance.now() - began).toBeLessThan(1000);
    expect(all.trimEnd().endsWith(LEAVE)).toBe(true);
    expect(terminal.child.exitCode).toBe(0);
  });

  it("has no colours with NO_COLOR, and takes no screen where a terminal has none", async () => {
    const plain = await onTerminal(24, [...TOP, "--count", "1"], { NO_COLOR: "1" }).ended;
    expect(plain).toContain(ENTER);
    for (const colour of ["\u001b[36m", "\u001b[1m", "\u001b[2m"]) expect(plain).not.toContain(colour);
    const dumb = await onTerminal(24, [...TOP, "--count", "1"], { TERM: "dumb" }).ended;
    expect(dumb).toContain("4194301");
    expect(dumb).not.toContain("\u001b");
  });
});

describe("only methods that count are tried", () => {
  it("says which does not, where it was asked for", async () => {
    const { code, stdout, stderr } = await run([
      "top",
      "--once",
      "--interval",
      "100ms",
      "--method",
      `proc,${COUNTING_METHOD}`,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain("counting");
    expect(stderr).toBe("procmon: Not with proc: It does not count bytes.\n");
  });

  it.each<[string, string[], RegExp]>([
    ["one that does not", ["proc"], /^procmon: None .* can count bytes here\. proc: It does not count bytes\. .*ebpf/],
    ["none that is there", ["proc,no-such-method"], /proc: It does not count bytes\. no-such-method: .*not installed/],
    [
      "another first, and only that",
      ["proc", "--method", COUNTING_METHOD, "--strict"],
      /proc: It does not count bytes/,
    ],
  ])("%s ends with 4 and a sentence", async (_, args, sentence) => {
    const { code, stdout, stderr } = await run(["top", "--once", "--method", ...args]);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  });
});
