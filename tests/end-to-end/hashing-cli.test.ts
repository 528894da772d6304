import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  copyFileSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fixturePath, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { CLI, runCli } from "./support/run-cli.ts";
import { scratchFolder } from "./support/scratch-folder.ts";

needs("cc");

/** As much of a document of `inspect`, or a record of `watch`, as is looked at. */
interface Told {
  readonly type?: string;
  readonly path?: string;
  readonly previous?: Readonly<Record<string, string>>;
  readonly process: {
    readonly pid: number;
    readonly path?: string;
    readonly executable?: Readonly<Record<string, unknown>>;
    readonly checksums?: Readonly<Record<string, string>>;
    readonly checksumStatus?: string;
  };
}

function digest(algorithm: string, path: string): string {
  return createHash(algorithm).update(readFileSync(path)).digest("hex");
}

/** A program that nobody has run before, with bytes of its own behind its end. */
function copyProgram(name: string, bytes = `${process.pid} ${performance.now()}`): string {
  const path = join(scratchFolder(), name);
  copyFileSync(fixturePath("odd-process"), path);
  writeFileSync(path, bytes, { flag: "a" });
  return path;
}

/** Bytes whose MD5 takes this processor a second, if nobody else wants it. */
function md5BytesPerSecond(): number {
  const chunk = Buffer.alloc(1 << 20);
  const hash = createHash("md5");
  const begin = process.cpuUsage();
  for (let bytes = chunk.length; ; bytes += chunk.length) {
    hash.update(chunk);
    const { user, system } = process.cpuUsage(begin);
    if (user + system > 200_000) return (bytes / (user + system)) * 1e6;
  }
}

/**
 * A program whose checksum takes more than the second that a record waits, also where the processor was slowed down while it was measured, but
 * not much more: on a busy machine it takes many times as long, and after 30 seconds the hasher gives up. It takes no room on the
 * disk, and has been read: to read what is not in memory takes any time.
 */
function makeLargeProgram(folder: string): string {
  const path = join(folder, "large");
  copyFileSync(fixturePath("odd-process"), path);
  truncateSync(path, Math.ceil(2.5 * md5BytesPerSecond()));
  execFileSync("md5sum", [path]);
  return path;
}

describe("inspect", () => {
  async function inspect(pid: number, ...args: readonly string[]): Promise<Told["process"]> {
    const { code, stdout } = await runCli(["inspect", `${pid}`, "--json", ...args]);
    expect(code).toBe(0);
    return (JSON.parse(stdout) as Told).process;
  }

  test("tells the SHA-256 and the file of the executable", async () => {
    const path = copyProgram("plain");
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    const sum = digest("sha256", path);
    expect(await inspect(fixture.pid)).toMatchObject({
      executable: { device: Number(dev), inode: `${ino}`, size: `${size}`, mtime: `${mtimeNs}`, ctime: `${ctimeNs}` },
      checksums: { "process.hash.sha256": sum },
      checksumStatus: "ok",
    });
    const { stdout } = await runCli(["inspect", `${fixture.pid}`]);
    expect(stdout).toContain(`\nChecksums\n  sha256  ${sum}\n`);
    expect(stdout).toMatch(
      new RegExp(`\\nFile of the executable\\n  device +\\d+:\\d+\\n  inode +${ino}\\n  size +${size} bytes\\n`),
    );
  });

  test("computes what is asked for, or nothing", async () => {
    const path = copyProgram("chosen");
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    expect((await inspect(fixture.pid, "--hash", "md5", "--hash", "sha512,md5")).checksums).toEqual({
      "process.hash.md5": digest("md5", path),
      "process.hash.sha512": digest("sha512", path),
    });
    const without = await inspect(fixture.pid, "--no-hash");
    expect(without).not.toHaveProperty("checksums");
    expect(without).not.toHaveProperty("checksumStatus");
  });

  test("finds the bytes of an executable that was removed, and replaced", async () => {
    const path = copyProgram("removed");
    const sum = digest("sha256", path);
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    renameSync(copyProgram("other", "others"), path);
    expect((await inspect(fixture.pid)).checksums).toEqual({ "process.hash.sha256": sum });
    rmSync(path);
    expect((await inspect(fixture.pid)).checksums).toEqual({ "process.hash.sha256": sum });
  });

  test("tells a script's checksum, too", async () => {
    const script = join(scratchFolder(), "script.sh");
    writeFileSync(script, "read line\n");
    // A script that has just been written may be changed again.
    await sleep(100);
    const child = spawn("/bin/sh", [script], { stdio: ["pipe", "ignore", "ignore"] });
    await once(child, "spawn");
    try {
      await expect
        .poll(async () => (await inspect(child.pid as number)).checksums, { timeout: 10_000, interval: 200 })
        .toEqual({
          "process.hash.sha256": digest("sha256", "/bin/sh"),
          "process.script.sha256": digest("sha256", script),
        });
    } finally {
      child.kill();
    }
  });

  test("says that it may not open the file", async ({ skip }) => {
    const missing = requirement("other-users");
    skip(missing !== undefined, missing);
    const args = ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, CLI, "inspect"];
    const { status, stdout } = spawnSync("setpriv", [...args, `${process.pid}`], { encoding: "utf8" });
    expect(stdout).toContain("\nChecksums\n  sha256  denied: the file may not be opened\n");
    expect(status).toBe(0);
  });
});

describe("watch", () => {
  const folder = mkdtempSync(join(tmpdir(), "procmon-large-"));
  let large = "";
  beforeAll(() => {
    large = makeLargeProgram(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The large program by another name. */
  function linkLargeProgram(name: string): string {
    const path = join(scratchFolder(), name);
    linkSync(large, path);
    return path;
  }

  /** Starts it, and waits until it watches. */
  async function startWatch(...args: readonly string[]) {
    const watch = spawn(process.execPath, [CLI, "watch", "--method", "proc", ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exited = once(watch, "exit");
    const lines: string[] = [];
    createInterface({ input: watch.stdout }).on("line", (line) => lines.push(line));
    const [said] = (await once(watch.stderr.setEncoding("utf8"), "data")) as [string];
    expect(said).toMatch(/^procmon: Watching with the method proc/);
    await sleep(300);
    return {
      lines,
      records: () => lines.map((line) => JSON.parse(line) as Told).filter(({ process }) => process !== undefined),
      end(signal: NodeJS.Signals) {
        watch.kill(signal);
        return exited;
      },
      exited,
      async [Symbol.asyncDispose]() {
        watch.kill("SIGKILL");
        await exited;
      },
    };
  }

  const told = ({ type, process }: Told) => `${type} ${process.path?.split("/").at(-1)} ${process.checksumStatus}`;

  test("holds a record until its checksums are known", async () => {
    const path = copyProgram("held");
    await using watch = await startWatch("--json", "-t", "exec", "-n", "held", "--hash", "sha256,md5", "--count", "1");
    await using _fixture = await spawnFixture("odd-process", ["wait"], { path });
    expect(await watch.exited).toEqual([0, null]);
    expect(watch.records()).toMatchObject([
      {
        type: "exec",
        process: {
          path,
          checksums: { "process.hash.md5": digest("md5", path), "process.hash.sha256": digest("sha256", path) },
          checksumStatus: "ok",
        },
      },
    ]);
  });

  test("shows whole checksums in the table", async () => {
    const path = copyProgram("shown");
    await using watch = await startWatch("-t", "exec", "-n", "shown", "--hash", "sha256", "--count", "1");
    await using _fixture = await spawnFixture("odd-process", ["wait"], { path });
    expect(await watch.exited).toEqual([0, null]);
    expect(watch.lines.at(-1)).toMatch(new RegExp(`  sha256=${digest("sha256", path)}$`));
  });

  test("goes on after a second, in the order in which all came, and tells the checksums later", async () => {
    const [slow, small] = [linkLargeProgram("ordered"), copyProgram("ordered")];
    await using watch = await startWatch("--json", "-t", "exec", "-n", "ordered", "--hash", "md5");
    const began = performance.now();
    await using _large = await spawnFixture("odd-process", ["wait"], { path: slow });
    await using _small = await spawnFixture("odd-process", ["wait"], { path: small });
    const ours = () =>
      watch.records().map(({ type, process: { path, checksumStatus } }) => {
        return `${type} ${path === slow ? "large" : "small"} ${checksumStatus}`;
      });
    await expect.poll(() => ours().length, { timeout: 10_000, interval: 20 }).toBeGreaterThanOrEqual(2);
    // To be seen may take the method a moment.
    expect(performance.now() - began).toBeLessThan(3000);
    // A busy machine may leave the small one pending, too.
    const first = ["exec large pending", expect.stringMatching(/^exec small (ok|pending)$/)];
    expect(ours().slice(0, 2)).toEqual(first);
    await expect.poll(() => ours().slice(2), { timeout: 50_000 }).toContain("checksum large ok");
    const sum = expect.stringMatching(/^[0-9a-f]{32}$/);
    const later = watch.records().find(({ type, process: { path } }) => type === "checksum" && path === slow);
    expect(later).toMatchObject({ process: { checksums: { "process.hash.md5": sum } } });
  });

  test("Ctrl-C ends it within a second, also while a record is held", async () => {
    const path = linkLargeProgram("stopped");
    await using watch = await startWatch("--json", "-t", "exec", "-n", "stopped", "--hash", "md5,sha512");
    await using _fixture = await spawnFixture("odd-process", ["wait"], { path });
    await sleep(500);
    const began = performance.now();
    expect(await watch.end("SIGINT")).toEqual([0, null]);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(watch.records()).toEqual([]);
  });

  test("--duration gives what is held by then", async () => {
    const path = linkLargeProgram("late");
    const options = ["--json", "-t", "exec", "-n", "late", "--hash", "md5,sha512"];
    await using watch = await startWatch(...options, "--duration", "1200ms");
    await sleep(400);
    await using _fixture = await spawnFixture("odd-process", ["wait"], { path });
    const began = performance.now();
    expect(await watch.exited).toEqual([0, null]);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(watch.records().map(told)).toEqual(["exec late pending"]);
  });

  test("tells all checksums, and changes, where these are asked for", async () => {
    const path = copyProgram("changed");
    const before = digest("sha256", path);
    const options = ["--json", "-t", "exec,checksum,checksum-change", "-n", "changed", "--hash", "sha256"];
    await using watch = await startWatch(...options);
    {
      await using _first = await spawnFixture("odd-process", ["wait"], { path });
      await expect.poll(() => watch.records().map(told), { timeout: 10_000 }).toContain("checksum changed ok");
    }
    renameSync(copyProgram("changed.new", "another"), path);
    await using _second = await spawnFixture("odd-process", ["wait"], { path });
    const change = () => watch.records().find(({ type }) => type === "checksum-change");
    await expect.poll(change, { timeout: 10_000 }).toMatchObject({
      path,
      previous: { "process.hash.sha256": before },
      process: { checksums: { "process.hash.sha256": digest("sha256", path) } },
    });
  });
});
