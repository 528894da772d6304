import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { cleanArgs, cleanPath } from "./clean-path.ts";
import { readProcess } from "./read-process.ts";
import { start, startShell, temporaryDirectory } from "./start-process.test-kit.ts";

describe("cleanPath", () => {
  it("makes paths that mean the same to everybody", async () => {
    const directory = temporaryDirectory();
    const path = `${directory}/sleep`;
    copyFileSync("/bin/sleep", path);
    const { pid } = start(path, ["1000"], { cwd: directory });
    const clean = (text: string): string | undefined => cleanPath(DEFAULT_PROCFS, pid, text);
    expect(clean("/proc/self/exe")).toBe(path);
    expect(clean(`/proc/${pid}/exe`)).toBe(path);
    expect(clean("/proc/1/exe")).toBe("/proc/1/exe");
    expect(clean("./sleep")).toBe(path);
    expect(clean("../x")).toBe(`${directory.slice(0, directory.lastIndexOf("/"))}/x`);
    expect(clean("/usr/bin/x (deleted)")).toBe("/usr/bin/x (deleted)");
    expect(clean("")).toBeUndefined();
    rmSync(path);
    expect(clean("/proc/self/exe")).toBe(path);
  });

  it("follows descriptors to files, and to nothing else", async () => {
    const directory = temporaryDirectory();
    writeFileSync(`${directory}/x (deleted)`, "");
    const { child } = await startShell("exec 3<'x (deleted)' 4>y; rm y; echo x; read x", { cwd: directory });
    const clean = (text: string): string | undefined => cleanPath(DEFAULT_PROCFS, child.pid, text);
    expect(clean("/proc/self/fd/3")).toBe(`${directory}/x (deleted)`);
    expect(clean(`/proc/${child.pid}/fd/4`)).toBe(`${directory}/y`);
    expect(clean("/dev/fd/4")).toBe(`${directory}/y`);
    expect(clean("/dev/fd/1")).toBeUndefined();
    expect(clean("/dev/fd/99")).toBeUndefined();
  });

  it("is undefined for a process that is gone", () => {
    expect(cleanPath(DEFAULT_PROCFS, 2 ** 30, "x")).toBeUndefined();
    expect(cleanPath(DEFAULT_PROCFS, 2 ** 30, "/proc/self/exe")).toBeUndefined();
  });
});

describe("cleanArgs", () => {
  it("puts the path for /proc/self/exe", () => {
    expect(cleanArgs(["/proc/self/exe", "a"], 5, "/x")).toEqual(["/x", "a"]);
    expect(cleanArgs(["/proc/5/exe"], 5, "/x")).toEqual(["/x"]);
    expect(cleanArgs(["/proc/self/fd/7"], 5, "/x")).toEqual(["/x"]);
    const other = ["/proc/6/exe", "/proc/self/exe"];
    expect(cleanArgs(other, 5, "/x")).toBe(other);
    expect(cleanArgs(["/proc/self/exe"], 5, undefined)).toEqual(["/proc/self/exe"]);
    expect(cleanArgs([], 5, "/x")).toEqual([]);
  });

  it("works on a real process", () => {
    const { pid } = start("/bin/sleep", ["1000"], { argv0: "/proc/self/exe" });
    const found = readProcess(DEFAULT_PROCFS, pid);
    if (!found.ok) throw new Error(found.failure);
    expect(found.value.args).toEqual([found.value.path, "1000"]);
  });
});
