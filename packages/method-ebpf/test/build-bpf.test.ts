import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirement } from "@procmon-internal/fixtures";
import { afterEach, describe, expect, it } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");
const missing = requirement("ebpf");
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe("the build of the kernel's programs", () => {
  it("makes the same bytes in whatever folder, and names none of this machine", ({ skip }) => {
    skip(missing !== undefined, missing);
    const [first, second] = [copyOfPackage(), copyOfPackage()];
    expect(build(first)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(build(second)).toMatchObject({ status: 0 });
    const object = readFileSync(objectIn(first));
    expect(readFileSync(objectIn(second)).equals(object)).toBe(true);
    for (const name of [first, tmpdir(), PACKAGE, "/usr/"]) expect(object.includes(name), name).toBe(false);
    expect(object.includes(".BTF")).toBe(true);
    expect(object.includes(".debug_info")).toBe(false);
  });

  it("builds again only what has changed, and never keeps what cannot be compiled any more", ({ skip }) => {
    skip(missing !== undefined, missing);
    const folder = copyOfPackage();
    build(folder);
    const { ino } = statSync(objectIn(folder));
    build(folder);
    expect(statSync(objectIn(folder)).ino).toBe(ino);
    const source = join(folder, "bpf", "procmon.bpf.c");
    rmSync(source);
    expect(build(folder).status).toBe(1);
    expect(existsSync(objectIn(folder))).toBe(false);
  });

  it("does without a compiler, unless it is required", () => {
    const folder = copyOfPackage();
    const path = join(folder, "no-tools");
    const built = build(folder, { PATH: path });
    expect(built).toMatchObject({ status: 0, stderr: "" });
    expect(built.stdout).toMatch(/^The eBPF programs are not built, .+: .+\.\n$/);
    expect(build(folder, { PATH: path }, "--required").status).toBe(1);
    expect(existsSync(objectIn(folder))).toBe(false);
  });
});

function copyOfPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), "procmon-bpf-build-"));
  folders.push(folder);
  for (const name of ["bpf", "scripts"]) cpSync(join(PACKAGE, name), join(folder, name), { recursive: true });
  return folder;
}

function objectIn(folder: string): string {
  return join(folder, "dist", "procmon.bpf.o");
}

function build(folder: string, env: NodeJS.ProcessEnv = process.env, ...options: string[]) {
  return spawnSync(process.execPath, [join(folder, "scripts", "build-bpf.mjs"), ...options], { env, encoding: "utf8" });
}
