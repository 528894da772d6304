import { describe, expect, it } from "vitest";
import { hasKernelThreads, start, startShell, until, untilRuns } from "../process/start-process.test-kit.ts";
import { DEFAULT_PROCFS } from "./procfs.ts";
import { readArgumentCount } from "./read-argument-count.ts";
import { CMDLINE_LIMIT, readCmdline } from "./read-cmdline.ts";

function argsOf(pid: number): readonly string[] | undefined {
  const read = readCmdline(DEFAULT_PROCFS, pid);
  return read.ok ? read.value.args : undefined;
}

describe("readCmdline on real processes", () => {
  it("keeps empty arguments, also at the end", () => {
    const args = ["-c", "read x", "", "b c", "", ""];
    expect(argsOf(start("/bin/sh", args).pid)).toEqual(["/bin/sh", ...args]);
  });

  it("tells real empty arguments from a title", () => {
    // yes(1) stops when the pipe is full.
    const { pid } = start("yes", ["", ""]);
    expect(readArgumentCount(DEFAULT_PROCFS, pid)).toBe(3);
    expect(argsOf(pid)).toEqual(["yes", "", ""]);
  });

  it("gives a title that was written over the arguments as one argument", async () => {
    const code = "process.title = 'my title'; setInterval(() => {}, 1000)";
    const { pid } = start(process.execPath, ["-e", code, "some", "more", "arguments"]);
    await until(() => argsOf(pid)?.[0] === "my title");
    expect(readCmdline(DEFAULT_PROCFS, pid)).toEqual({
      ok: true,
      value: { args: ["my title"], total: 1, truncated: false },
    });
  });

  it("reads hundreds of kilobytes whole", () => {
    const many = Array.from({ length: 3000 }, (_, i) => `${i}-`.padEnd(100, "x"));
    expect(argsOf(start("/bin/sh", ["-c", "read x", "sh", ...many, "z".repeat(120_000)]).pid)).toEqual([
      "/bin/sh",
      "-c",
      "read x",
      "sh",
      ...many,
      "z".repeat(120_000),
    ]);
  });

  it("cuts what is beyond 2 MiB, and still counts it", async () => {
    const shell = start("/bin/sh", ["-c", 'ulimit -s unlimited; exec sh -c "exec 0<&3; read x" $(seq 1 400000)'], {
      stdio: ["pipe", "pipe", "inherit", "pipe"],
    });
    await until(() => (argsOf(shell.pid)?.length ?? 0) > 3);
    const read = readCmdline(DEFAULT_PROCFS, shell.pid);
    if (!read.ok) throw new Error(read.failure);
    expect(read.value.truncated).toBe(true);
    expect(read.value.total).toBe(400_003);
    expect(read.value.args.join("\0")).toHaveLength(CMDLINE_LIMIT);
  });

  it("keeps bytes that are not UTF-8", async () => {
    const { pid } = start("/bin/bash", ["-c", 'exec -a "$(printf "a\\377")" sleep 1000']);
    await untilRuns(pid, "sleep");
    expect(argsOf(pid)).toEqual(["a\udcff", "1000"]);
  });

  it("is empty for a zombie and for a thread of the kernel", async () => {
    // Its child ends only after the exec: a shell that still runs would wait for it, and no zombie stay.
    const child = 'while read name </proc/$$/comm && [ "$name" = sh ]; do :; done';
    const { line } = await startShell(`${child} & echo $!; exec sleep 1000`);
    await until(() => argsOf(Number(line))?.length === 0);
    if (hasKernelThreads) expect(argsOf(2)).toEqual([]);
  });

  it("is gone for a process that is not there", () => {
    expect(readCmdline(DEFAULT_PROCFS, 2 ** 30)).toEqual({ ok: false, failure: "gone" });
  });
});
