import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createMonitor, type Process } from "@procmon/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { copyProgram, end, look, scratchFolder, startProgram, TICK_MS } from "./files/programs.test-kit.ts";
import { type Hashing, hashing } from "./hashing.ts";
import { makeHost, type TestHost } from "./host.test-kit.ts";
import type { HashingOptions } from "./options.ts";

const PATIENT = { timeout: 10_000 } as const;

function make(options?: HashingOptions): Hashing {
  const hasher = hashing(options);
  onTestFinished(() => hasher.stop());
  return hasher;
}

function attached(options?: HashingOptions): { hasher: Hashing; host: TestHost } {
  const hasher = make(options);
  const host = makeHost(hasher);
  hasher.attach(host);
  return { hasher, host };
}

async function startCopy(): Promise<{ process: Process; sums: Record<string, string>; kill: () => Promise<void> }> {
  const path = await copyProgram("program");
  const child = await startProgram(path, ["wait"]);
  const bytes = readFileSync(path);
  const sum = (algorithm: string) => createHash(algorithm).update(bytes).digest("hex");
  const sums = { "process.hash.sha256": sum("sha256"), "process.hash.md5": sum("md5") };
  return { process: look(child.pid), sums, kill: () => end(child) };
}

describe("without a monitor", () => {
  test("hash() waits for the checksums, and they are known from then on", async () => {
    const hasher = make({ algorithms: ["sha256", "md5"] });
    const { process, sums } = await startCopy();
    expect(await hasher.hash(process)).toEqual({ status: "ok", checksums: sums });
    expect(hasher.peek(process)).toEqual({ status: "ok", checksums: sums });
    expect(hasher.stats()).toMatchObject({ pending: 0, files: { size: 1 }, threads: { computed: 1 } });
  });

  test("processes of one executable share its checksum", async () => {
    const hasher = make();
    const path = await copyProgram("program");
    const children = [await startProgram(path, ["wait"]), await startProgram(path, ["wait"])];
    const found = await Promise.all(children.map(({ pid }) => hasher.hash(look(pid))));
    expect(found[0]).toEqual(found[1]);
    expect(found[0]?.status).toBe("ok");
    expect(hasher.stats().threads.computed).toBe(1);
  });

  test("peek() begins to compute, and what is pending is known soon", async () => {
    const hasher = make();
    const { process } = await startCopy();
    expect(hasher.peek(process)?.status).toBe("pending");
    await expect.poll(() => hasher.peek(process)?.status, PATIENT).toBe("ok");
  });

  test("a script that its process has executed anew is looked at anew", async () => {
    const hasher = make();
    const path = join(scratchFolder(), "script");
    writeFileSync(path, '#!/bin/sh\nread line\nexec "$0"\n', { mode: 0o755 });
    await sleep(TICK_MS);
    const child = await startProgram(path, []);
    const script = ["checksums", "process.script.sha256"];
    expect(await hasher.hash(look(child.pid))).toHaveProperty(script);
    await sleep(TICK_MS);
    appendFileSync(path, "read line\n");
    child.stdin?.write("\n");
    await sleep(TICK_MS);
    const found = await hasher.hash(look(child.pid));
    expect(found?.status).toBe("changed");
    expect(found).not.toHaveProperty(script);
  });

  test("a signal ends the waiting, and nothing begins where it is aborted already", async () => {
    const hasher = make();
    const { process } = await startCopy();
    expect((await hasher.hash(process, AbortSignal.abort()))?.status).toBe("pending");
    expect(hasher.stats().pending).toBe(0);
    const controller = new AbortController();
    const waiting = hasher.hash(process, controller.signal);
    controller.abort();
    expect((await waiting)?.status).toBe("pending");
    expect((await hasher.hash(process, new AbortController().signal))?.status).toBe("ok");
  });

  test("a process that has ended is gone, and a thread of the kernel has nothing", async () => {
    const hasher = make();
    const { process, kill } = await startCopy();
    await kill();
    const { executable: _, ...unknown } = process;
    expect(await hasher.hash(unknown)).toEqual({ status: "gone", checksums: {} });
    expect(await hasher.hash({ ...unknown, kernelThread: true })).toBeUndefined();
  });

  test("with no algorithm at all nothing is told", async () => {
    const hasher = make({ algorithms: [] });
    expect([await hasher.hash(look(process.pid)), hasher.peek(look(process.pid))]).toEqual([undefined, undefined]);
  });
});

describe("enable and disable", () => {
  test("count: an algorithm is asked for until everybody has taken it back", async () => {
    const { hasher, host } = attached();
    const { process, sums } = await startCopy();
    host.processes.add(process);
    await hasher.hash(process);
    hasher.enable("md5");
    hasher.enable("md5");
    await expect.poll(() => host.emitted, PATIENT).toMatchObject([{ type: "checksum", status: "ok" }]);
    expect(hasher.peek(process)?.checksums).toEqual(sums);
    hasher.disable("md5");
    expect(hasher.algorithms).toEqual(["process.hash.md5", "process.hash.sha256"]);
    hasher.disable("md5");
    hasher.disable("md5");
    const { "process.hash.md5": _, ...left } = sums;
    expect(hasher.peek(process)).toEqual({ status: "ok", checksums: left });
    expect(hasher.algorithms).toEqual(["process.hash.sha256"]);
    // What is forgotten is computed anew, and one that nobody asked for is owed nothing.
    hasher.enable("md5");
    expect(hasher.peek(process)).toEqual({ status: "pending", checksums: left });
    await expect.poll(() => hasher.peek(process)?.status, PATIENT).toBe("ok");
  });

  test("refuse what there is not", () => {
    const hasher = make();
    for (const name of ["sha257", undefined, 5]) {
      expect(() => hasher.enable(name as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
      expect(() => hasher.disable(name as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
  });
});

describe("in a monitor", () => {
  test("each pending is followed by one event that tells the end", async () => {
    const { hasher, host } = attached();
    const { process } = await startCopy();
    const execTime = BigInt(Date.now()) * 1_000_000n;
    expect(hasher.peek(process, execTime)?.status).toBe("pending");
    for (let count = 0; count < 5; count++) expect(hasher.peek(process)?.status).toBe("pending");
    await expect.poll(() => host.emitted, PATIENT).toMatchObject([{ type: "checksum", status: "ok" }]);
    await sleep(50);
    expect(host.emitted).toHaveLength(1);
  });

  test("a file that is replaced is told of after its exec, whether or not its checksum is known by then", async () => {
    const { hasher, host } = attached();
    const first = await startCopy();
    const { script: _, ...second } = look(process.pid);
    const other = { ...second, path: first.process.path ?? "" };
    await hasher.hash(first.process);
    hasher.peek(first.process, 1n);
    expect(hasher.peek(other, 2n)?.status).toBe("pending");
    hasher.peek(first.process, 3n);
    expect(host.emitted).toEqual([]);
    await expect
      .poll(() => host.emitted.map(({ type }) => type), PATIENT)
      .toEqual(["checksum", "checksum-change", "checksum-change"]);
    const previous = { "process.hash.sha256": first.sums["process.hash.sha256"] };
    expect(host.emitted[1]).toMatchObject({ path: first.process.path, previous, process: other, status: "ok" });
  });

  test("one that is in use, or has been stopped, is taken by no other", async () => {
    const { hasher } = attached();
    const unfit = expect.objectContaining({ code: "PLUGIN_INVALID" });
    const monitor = createMonitor({ methods: ["proc"] });
    onTestFinished(() => monitor.stop());
    expect(() => monitor.use(hasher)).toThrow(unfit);
    const stopped = make();
    await stopped.stop();
    expect(() => monitor.use(stopped)).toThrow(unfit);
    expect(monitor.plugins).toEqual([]);
  });

  test("the processes of its monitor are meant, also where it was asked before", async () => {
    const hasher = make();
    const { process } = await startCopy();
    const { executable: _, ...unknown } = process;
    hasher.stats();
    hasher.attach({ ...makeHost(), procfs: { root: "/nowhere" } });
    expect((await hasher.hash(unknown))?.status).toBe("gone");
  });
});

describe("stop", () => {
  test("ends what is pending, and what is known stays known", async () => {
    const { hasher, host } = attached();
    const [known, unknown] = [await startCopy(), look(process.pid)];
    await hasher.hash(known.process);
    hasher.peek(unknown);
    const stopping = hasher.stop();
    expect(hasher.stop()).toBe(stopping);
    await stopping;
    await expect.poll(() => host.emitted, PATIENT).toMatchObject([{ type: "checksum", status: "failed" }]);
    expect(hasher.peek(known.process)?.status).toBe("ok");
    expect(hasher.peek({ ...unknown, startTime: 1n, executable: { device: 1, inode: 2n } })?.status).toBe("failed");
    expect((await hasher.hash(unknown))?.status).toBe("failed");
    expect(hasher.stats()).toMatchObject({ pending: 0, threads: { threads: 0, running: 0, waiting: 0 } });
  });

  test("costs nothing where nothing was asked", async () => {
    const hasher = make();
    await hasher.stop();
    expect(hasher.stats()).toMatchObject({ pending: 0 });
  });
});
