import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { listThreads } from "../procfs/list-pids.ts";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readStat } from "../procfs/read-stat.ts";
import type { Process } from "./process.ts";
import { type ReadProcessOptions, readProcess } from "./read-process.ts";
import {
  firstLine,
  hasKernelThreads,
  isRoot,
  namespaceOf,
  start,
  startShell,
  temporaryDirectory,
  until,
} from "./start-process.test-kit.ts";

function read(pid: number, options?: ReadProcessOptions): Process {
  const process = readProcess(DEFAULT_PROCFS, pid, options);
  if (!process.ok) throw new Error(process.failure);
  return process.value;
}

describe("readProcess, on real processes", () => {
  it("tells all of a plain one", () => {
    const cwd = temporaryDirectory();
    const { pid } = start("/bin/sleep", ["1000"], { cwd });
    const uid = process.geteuid?.() ?? -1;
    const gid = process.getegid?.() ?? -1;
    const found = read(pid);
    const stat = readStat(DEFAULT_PROCFS, pid);
    expect(found).toMatchObject({
      pid,
      startTime: stat.ok && stat.value.startTime,
      ppid: process.pid,
      comm: "sleep",
      args: ["/bin/sleep", "1000"],
      uid,
      gid,
      uids: { real: uid, effective: uid, saved: uid },
      gids: { real: gid, effective: gid, saved: gid },
      user: execFileSync("id", ["-un"], { encoding: "utf8" }).trim(),
      cwd,
      root: "/",
      exeKind: "file",
      netns: namespaceOf(process.pid, "net"),
      state: expect.stringMatching(/^[SR]$/),
    });
    for (const field of ["env", "tree", "script", "nsPid", "kernelThread", "denied", "appImage", "argsTotal"]) {
      expect(found).not.toHaveProperty(field);
    }
  });

  it("collects the environment only when asked", () => {
    const { pid } = start("/bin/sleep", ["1000"], { env: { SECRET: "x" } });
    expect(read(pid).env).toBeUndefined();
    expect(read(pid, { captureEnv: true }).env).toEqual({ SECRET: "x" });
  });

  it("adds the tree when asked", () => {
    const { pid } = start("/bin/sleep", ["1000"]);
    expect(read(pid, { tree: true }).tree?.slice(0, 2)).toMatchObject([
      { pid, comm: "sleep" },
      { pid: process.pid, path: process.execPath },
    ]);
  });

  it("keeps a name with parentheses, spaces and a newline", async () => {
    const { child } = await startShell("printf 'a) R 1\\n(b' > /proc/self/comm; echo x; read x");
    expect(read(child.pid)).toMatchObject({ comm: "a) R 1\n(b", ppid: process.pid });
  });

  it("is not held up by a process that changes its name all the time", async () => {
    const { child } = await startShell("echo x; while :; do echo a > /proc/self/comm; echo b > /proc/self/comm; done");
    for (let i = 0; i < 300; i++) expect(read(child.pid).args?.[0]).toBe("/bin/sh");
  });

  it("never mixes two images of a process that runs one after the other", async () => {
    const directory = temporaryDirectory();
    writeFileSync(`${directory}/to-bash`, `exec /bin/bash -c '. "$0"' ${directory}/to-sh\n`);
    writeFileSync(`${directory}/to-sh`, `exec /bin/sh -c '. "$0"' ${directory}/to-bash\n`);
    const { pid } = start("/bin/sh", ["-c", '. "$0"', `${directory}/to-bash`]);
    const shells = new Set<string>();
    for (let i = 0; i < 3000; i++) {
      const reading = readProcess(DEFAULT_PROCFS, pid);
      if (!reading.ok) continue;
      const { path = "", args = [] } = reading.value;
      // The first moment of an image, in which it has no arguments yet, is its own.
      if (args.length > 0) shells.add(`${args[0]} is ${basename(path)}, then ${basename(args[3] ?? "")}`);
    }
    expect([...shells].sort()).toEqual([
      `/bin/bash is bash, then to-sh`,
      `/bin/sh is ${basename(realpathSync("/bin/sh"))}, then to-bash`,
    ]);
  });

  it("keeps the name of a zombie, and does not take it for a thread of the kernel", async () => {
    // It ends when the shell is one no more, which would reap it.
    const child = 'while read name </proc/$$/comm && [ "$name" = sh ]; do :; done';
    const { line } = await startShell(`${child} & echo $!; exec sleep 1000`);
    const pid = Number(line);
    await until(() => read(pid).state === "Z");
    expect(read(pid)).toMatchObject({ comm: "sh", uid: process.geteuid?.() });
    for (const field of ["path", "args", "kernelThread", "denied"]) expect(read(pid)).not.toHaveProperty(field);
  });

  it("is gone for what has ended, and for the id of a thread", async () => {
    const { child, line } = await startShell("echo $$; exec true");
    await until(() => child.exitCode !== null);
    expect(readProcess(DEFAULT_PROCFS, Number(line))).toEqual({ ok: false, failure: "gone" });
    const threads = listThreads(DEFAULT_PROCFS, process.pid);
    const tid = (threads.ok ? threads.value : []).find((id) => id !== process.pid) ?? 0;
    expect(readStat(DEFAULT_PROCFS, tid).ok).toBe(true);
    expect(readProcess(DEFAULT_PROCFS, tid)).toEqual({ ok: false, failure: "gone" });
  });

  it.runIf(hasKernelThreads)("knows a thread of the kernel (needs the first pid namespace)", () => {
    expect(read(2)).toMatchObject({ comm: "kthreadd", kernelThread: true, ppid: 0 });
    expect(read(2)).not.toHaveProperty("path");
    expect(read(2)).not.toHaveProperty("args");
  });

  it.runIf(isRoot)("tells real from effective ids (needs root)", async () => {
    const { pid } = start("setpriv", ["--ruid", "65534", "--rgid", "1", "--clear-groups", "/bin/sleep", "1000"]);
    await until(() => read(pid).comm === "sleep");
    expect(read(pid)).toMatchObject({
      uid: 0,
      user: "root",
      uids: { real: 65534, effective: 0, saved: 0 },
      gid: 0,
      gids: { real: 1, effective: 0, saved: 0 },
    });
  });

  it.runIf(isRoot)("tells the pid and the network of other namespaces (needs root)", async () => {
    const child = start("unshare", ["-n", "-p", "--fork", "/bin/sh", "-c", "echo $$; read x"]);
    expect(await firstLine(child)).toBe("1");
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
    const inner = Number(children);
    const found = read(inner);
    expect(found).toMatchObject({ nsPid: 1, netns: namespaceOf(inner, "net") });
    expect(found.netns).not.toBe(namespaceOf(process.pid, "net"));
  });

  it.runIf(isRoot)("names what may not be read (needs root, to have something to hide)", () => {
    const { pid } = start("/bin/sleep", ["1000"]);
    const module = new URL("./read-process.ts", import.meta.url).href;
    const code = `import { readProcess } from ${JSON.stringify(module)};
      const { value } = readProcess({ root: "/proc" }, ${pid}, { captureEnv: true });
      console.log(JSON.stringify({ ...value, startTime: undefined }));`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--conditions=@procmon/source", "--input-type=module", "-e", code],
      { uid: 65534, gid: 65534, cwd: "/", encoding: "utf8" },
    );
    expect(stderr).toBe("");
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ comm: "sleep", args: ["/bin/sleep", "1000"], uid: 0, user: "root" });
    expect(found.denied.sort()).toEqual(
      ["path", "realPath", "executable", "exeKind", "script", "root", "cwd", "netns", "env"].sort(),
    );
    expect(found).not.toHaveProperty("path");
  });
});
