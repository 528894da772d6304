import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import type { Process } from "./process.ts";
import { readProcess } from "./read-process.ts";
import { copyWithLibraries, isRoot, start, temporaryDirectory, until } from "./start-process.test-kit.ts";

function read(pid: number): Process {
  const process = readProcess(DEFAULT_PROCFS, pid);
  if (!process.ok) throw new Error(process.failure);
  return process.value;
}

function writeScript(path: string, firstLine: string): string {
  writeFileSync(path, `${firstLine}\nread x\n`, { mode: 0o755 });
  return path;
}

describe("scripts, on real processes", () => {
  it("started by its own first line", () => {
    const script = writeScript(`${temporaryDirectory()}/a b.sh`, "#!/bin/sh -u");
    const found = read(start(script, ["x"]).pid);
    expect(found.exeKind).toBe("script");
    expect(found.script).toEqual({ path: script, interpreter: found.path });
    expect(found.args).toEqual(["/bin/sh", "-u", script, "x"]);
  });

  it("started through env", async () => {
    const script = writeScript(`${temporaryDirectory()}/x.sh`, "#!/usr/bin/env bash");
    const { pid } = start(script, []);
    await until(() => read(pid).path?.endsWith("/bash") === true);
    expect(read(pid).script?.path).toBe(script);
  });

  it("named relative to the working directory, behind options", () => {
    const directory = temporaryDirectory();
    mkdirSync(`${directory}/sub`);
    writeScript(`${directory}/x.sh`, "");
    expect(read(start("bash", ["-e", "../x.sh"], { cwd: `${directory}/sub` }).pid).script?.path).toBe(
      `${directory}/x.sh`,
    );
  });

  it("of an interpreter that nobody knows", () => {
    const directory = temporaryDirectory();
    copyFileSync("/bin/sh", `${directory}/unheard-of`);
    const script = writeScript(`${directory}/script`, `#!${directory}/unheard-of`);
    expect(read(start(script, []).pid)).toMatchObject({ exeKind: "script", script: { path: script } });
    // The same file as data of another program is no script.
    const other = read(start("/usr/bin/tail", ["-f", script]).pid);
    expect(other.exeKind).toBe("file");
    expect(other).not.toHaveProperty("script");
  });

  it("none with -c, though a file has that name", () => {
    const directory = temporaryDirectory();
    writeScript(`${directory}/read x`, "#!/bin/sh");
    const found = read(start("/bin/sh", ["-c", "read x", `${directory}/read x`], { cwd: directory }).pid);
    expect(found.exeKind).toBe("file");
    expect(found).not.toHaveProperty("script");
  });

  it("none where the argument names a directory or nothing", async () => {
    const { pid } = start("tail", ["-f", "/dev/null"]);
    expect(read(pid)).not.toHaveProperty("script");
  });

  it("read from a descriptor", () => {
    const script = writeScript(`${temporaryDirectory()}/x.sh`, "");
    const child = start("/bin/bash", ["-c", `exec 5<'${script}'; exec bash /dev/fd/5`]);
    return until(() => read(child.pid).script?.path === script);
  });

  it.runIf(isRoot)("as seen inside of another root (needs root)", async () => {
    const root = temporaryDirectory();
    copyWithLibraries("/bin/sh", root);
    writeScript(`${root}/x.sh`, "#!/bin/sh");
    const { pid } = start("chroot", [root, "/x.sh"]);
    await until(() => read(pid).path?.startsWith(root) === true);
    expect(read(pid)).toMatchObject({ exeKind: "script", script: { path: "/x.sh", interpreter: `${root}/bin/sh` } });
  });
});
