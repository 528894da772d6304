import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_PROCFS, encodeBytes, listPids, PF_KTHREAD, readStat } from "@procmon/core";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { type MadeSocket, pidsOf, unconnected } from "./support/sockets.ts";
import { foundHolder, startMonitor } from "./support/start-monitor.ts";

needs("cc");

interface Family {
  readonly pid: number;
  readonly child: number;
}

const hex = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("hex") || "-";

describe("names", () => {
  test.each([
    ["spaces and parentheses", Buffer.from("a) R 1 (b c")],
    ["a newline", Buffer.from("two\nlines")],
    ["bytes that are no UTF-8", Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x80])],
    ["terminal control", Buffer.from("\x1b[2J\x07\x9b")],
    ["nothing", Buffer.from("")],
  ])("%s", async (_, comm) => {
    await using fixture = await spawnFixture("odd-process", ["comm", hex(comm)]);
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(fixture.pid);
    expect(encodeBytes(found?.comm ?? "missing")).toEqual(comm);
    expect(found).toMatchObject({ ppid: process.pid, path: fixturePath("odd-process") });
  });
});

describe("arguments", () => {
  async function argsOf(...fixtureArgs: string[]) {
    await using fixture = await spawnFixture("odd-process", fixtureArgs);
    await using monitor = await startMonitor();
    return monitor.findProcess(fixture.pid);
  }

  test("empty ones are kept, the last one too", async () => {
    const found = await argsOf("wait", "", "a b", "", "c", "");
    expect(found?.args?.slice(1)).toEqual(["wait", "", "a b", "", "c", ""]);
    expect(found?.argsTruncated ?? false).toBe(false);
  });

  test("bytes that are no UTF-8 are not lost", async () => {
    const args = [Buffer.from("name"), Buffer.from([0xff, 0xfe, 0x41]), Buffer.alloc(0), Buffer.from("ü")];
    const found = await argsOf("args", ...args.map(hex));
    expect(found?.args?.map((arg) => encodeBytes(arg))).toEqual(args);
  });

  test("none at all", async () => {
    // Since Linux 5.18 a program that is started without any gets one empty argument (execve(2)).
    expect((await argsOf("no-args"))?.args?.join("")).toBe("");
  });

  test("100 kB of them are complete", async () => {
    const args = Array.from({ length: 1_000 }, (_, i) => `${i}`.padEnd(100, "x"));
    const found = await argsOf("wait", ...args);
    expect(found?.args?.slice(2)).toEqual(args);
    expect(found?.argsTruncated ?? false).toBe(false);
  });

  test("one of 100 kB is complete", async () => {
    const long = "y".repeat(100_000);
    expect((await argsOf("wait", long, "end"))?.args?.slice(2)).toEqual([long, "end"]);
  });

  test("a title in their place is one argument", async () => {
    const found = await argsOf("title", "worker: idle");
    expect(found?.args?.map((arg) => arg.trimEnd())).toEqual(["worker: idle"]);
  });
});

describe("processes that run nothing", () => {
  test("kernel threads have a name and neither path nor arguments", async ({ skip }) => {
    const isKernelThread = (pid: number) => {
      const stat = readStat(DEFAULT_PROCFS, pid);
      return stat.ok && (stat.value.flags & PF_KTHREAD) !== 0;
    };
    const pid = listPids(DEFAULT_PROCFS).find(isKernelThread);
    skip(pid === undefined, "no kernel thread can be seen, as in a pid namespace");
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(pid as number);
    expect(found).toMatchObject({ kernelThread: true, comm: expect.stringMatching(/./) });
    expect(found?.path).toBeUndefined();
    expect(found?.exeKind).toBeUndefined();
  });

  test("a zombie has its name and parent, and is no kernel thread", async () => {
    await using fixture = await spawnFixture<Family>("odd-process", ["zombie"]);
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(fixture.ready.child);
    expect(found).toMatchObject({ state: "Z", ppid: fixture.pid, comm: "odd-process" });
    expect(found?.kernelThread ?? false).toBe(false);
    expect(found?.path).toBeUndefined();
  });

  test("a child between vfork and exec shows its parent's program, and after exec at once its own", async () => {
    const program = fixturePath("odd-process");
    const target = join(scratchFolder(), "after-exec");
    copyFileSync(program, target);
    await using fixture = await spawnFixture<Family>("odd-process", ["vfork", target]);
    const { child } = fixture.ready;
    await using monitor = await startMonitor();
    expect(await monitor.findProcess(child)).toMatchObject({ ppid: fixture.pid, path: program });
    expect(await monitor.findProcess(fixture.pid)).toMatchObject({ path: program });
    fixture.tell();
    await fixture.next();
    expect((await monitor.findProcess(child))?.path).toBe(target);
    expect((await monitor.findProcess(fixture.pid))?.path).toBe(program);
  });

  test("a zombie that ran something else before nobody looked has not the path of what was known", async () => {
    await using fixture = await spawnFixture<Family>("odd-process", ["vfork", fixturePath("share-socket")]);
    const { child } = fixture.ready;
    await using monitor = await startMonitor();
    expect(await monitor.findProcess(child)).toMatchObject({ comm: "odd-process" });
    // This program does not know its argument, and ends at once. Nobody waits for it.
    fixture.tell();
    await expect
      .poll(() => readStat(DEFAULT_PROCFS, child))
      .toMatchObject({ value: { state: "Z", comm: "share-socket" } });
    expect(await monitor.findProcess(child)).not.toMatchObject({ path: fixturePath("odd-process") });
  });
});

describe("threads", () => {
  interface ThreadSocket extends MadeSocket {
    readonly tid: number;
  }

  test("one with a descriptor table of its own: the socket is the process's, by that thread", async () => {
    await using fixture = await spawnFixture<ThreadSocket>("odd-threads", ["own-table"]);
    const { pid, tid, fd, port, inode } = fixture.ready;
    await using monitor = await startMonitor();
    const tuple = unconnected("tcp", "127.0.0.1", port);
    for (let round = 0; round < 2; round++)
      expect(await monitor.findOwner(tuple)).toMatchObject({
        kind: "process",
        owners: [foundHolder({ pid, tid, fd })],
      });
    const { sockets } = await monitor.snapshot({ families: ["inet"] });
    expect(sockets.find((socket) => socket.inode === inode)?.ownership).toMatchObject({ owners: [{ pid, tid, fd }] });
  });

  test("one that outlives the first thread keeps its sockets", async () => {
    await using fixture = await spawnFixture<ThreadSocket>("odd-threads", ["zombie-leader"]);
    const { pid, port } = fixture.ready;
    await using monitor = await startMonitor();
    expect(pidsOf(await monitor.findOwner(unconnected("tcp", "127.0.0.1", port)))).toEqual([pid]);
  });
});

describe("a process that ends", () => {
  test("is known for a while after, and owns nothing", async () => {
    await using fixture = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"]);
    const { pid, port } = fixture.ready;
    await using monitor = await startMonitor();
    expect(pidsOf(await monitor.findOwner(unconnected("tcp", "127.0.0.1", port)))).toEqual([pid]);
    const known = await monitor.findProcess(pid);
    await fixture.stop();
    expect(pidsOf(await monitor.findOwner(unconnected("tcp", "127.0.0.1", port)))).toBe("none: not-found");
    expect(await monitor.findProcess(pid)).toMatchObject({ startTime: known?.startTime, path: known?.path });
  });

  test("nobody has the highest pid of all", async () => {
    await using monitor = await startMonitor();
    expect(await monitor.findProcess(2 ** 22)).toBeUndefined();
    await expect(async () => monitor.findProcess(-1)).rejects.toMatchObject({ code: "INVALID_PID" });
  });
});
