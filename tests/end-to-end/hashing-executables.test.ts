import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { startHashedMonitor, sumOf } from "./support/hashed-monitor.ts";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { spawnProgram } from "./support/spawn-program.ts";

needs("namespaces");

const PROGRAM = fixturePath("odd-process");

function copyProgram(name = "program"): string {
  const path = join(scratchFolder(), name);
  copyFileSync(PROGRAM, path);
  return path;
}

const ofFile = (path: string) => ({ checksumStatus: "ok", checksums: { "process.hash.sha256": sumOf(path) } });

describe("what really runs is summed up", () => {
  test("a file, by every algorithm", async () => {
    await using fixture = await spawnFixture("odd-process", ["wait"]);
    await using hashed = await startHashedMonitor({ algorithms: ["md5", "sha1", "sha256", "sha512"] });
    const found = await hashed.monitor.findProcess(fixture.pid);
    expect(found?.checksumStatus).toBe("ok");
    expect(found?.checksums).toEqual({
      "process.hash.md5": sumOf(PROGRAM, "md5"),
      "process.hash.sha1": sumOf(PROGRAM, "sha1"),
      "process.hash.sha256": sumOf(PROGRAM, "sha256"),
      "process.hash.sha512": sumOf(PROGRAM, "sha512"),
    });
  });

  test("a removed file", async () => {
    const path = copyProgram();
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    rmSync(path);
    await using hashed = await startHashedMonitor();
    expect(await hashed.monitor.findProcess(fixture.pid)).toMatchObject({ exeKind: "deleted", ...ofFile(PROGRAM) });
  });

  test("a file that was removed after it had been told of", async () => {
    const path = copyProgram();
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    await using hashed = await startHashedMonitor();
    const { monitor, hasher } = hashed;
    const known = monitor.processes.getByPid(fixture.pid) ?? (await monitor.findProcess(fixture.pid));
    if (known === undefined) throw new Error("not found");
    hasher.disable("sha256");
    rmSync(path);
    hasher.enable("sha256");
    expect(await hasher.hash(known)).toEqual({ status: "ok", checksums: ofFile(PROGRAM).checksums });
  });

  test("a replaced file: not the one that stands there now", async () => {
    const path = copyProgram();
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    copyFileSync(fixturePath("open-socket"), `${path}.new`);
    renameSync(`${path}.new`, path);
    await using hashed = await startHashedMonitor();
    expect(await hashed.monitor.findProcess(fixture.pid)).toMatchObject(ofFile(PROGRAM));
    expect(sumOf(path)).not.toBe(sumOf(PROGRAM));
  });

  test("a memfd", async () => {
    await using fixture = await spawnFixture("odd-process", ["memfd", "payload"]);
    await using hashed = await startHashedMonitor();
    const found = await hashed.monitor.findProcess(fixture.pid);
    expect(found).toMatchObject({ exeKind: "memfd", ...ofFile(`/proc/${fixture.pid}/exe`) });
  });

  test("in a changed root", async () => {
    const root = scratchFolder();
    copyFileSync(PROGRAM, join(root, "jailed"));
    await using fixture = await spawnFixture("odd-process", ["wait"], { enter: [`chroot=${root}`], path: "/jailed" });
    await using hashed = await startHashedMonitor();
    expect(await hashed.monitor.findProcess(fixture.pid)).toMatchObject({ root, ...ofFile(PROGRAM) });
  });

  test("in a mount namespace, where the path leads to another file than here", async () => {
    const folder = scratchFolder();
    const [inside, outside] = [join(folder, "inside"), join(folder, "outside")];
    for (const each of [inside, outside]) mkdirSync(each);
    copyFileSync(PROGRAM, join(inside, "program"));
    copyFileSync(fixturePath("open-socket"), join(outside, "program"));
    const path = join(outside, "program");
    await using fixture = await spawnFixture("odd-process", ["wait"], {
      enter: ["mount", `bind=${inside}:${outside}`],
      path,
    });
    await using hashed = await startHashedMonitor();
    expect(await hashed.monitor.findProcess(fixture.pid)).toMatchObject({ path, ...ofFile(PROGRAM) });
  });

  test("a thread of the kernel has none", async () => {
    await using hashed = await startHashedMonitor();
    const found = await hashed.monitor.findProcess(2);
    expect(found?.kernelThread).toBe(true);
    expect(found).not.toHaveProperty("checksumStatus");
    expect(found).not.toHaveProperty("checksums");
  });
});

describe("scripts", () => {
  async function writeScript(text: string): Promise<string> {
    const path = join(scratchFolder(), "tool");
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    // What was written in the very moment of the start could have been written after it.
    await setTimeout(100);
    return path;
  }

  test("have checksums beside those of their interpreter", async () => {
    const path = await writeScript("#!/bin/sh\necho ready\nread line\n");
    await using program = await spawnProgram(path, []);
    await using hashed = await startHashedMonitor();
    const found = await hashed.monitor.findProcess(program.pid);
    expect(found).toMatchObject({
      checksumStatus: "ok",
      script: { path },
      checksums: { "process.hash.sha256": sumOf("/bin/sh"), "process.script.sha256": sumOf(path) },
    });
  });

  test("in a changed root", async () => {
    const root = scratchFolder();
    copyFileSync(PROGRAM, join(root, "jailed"));
    await using fixture = await spawnFixture("odd-process", ["wait"], { enter: [`chroot=${root}`], path: "/jailed" });
    await using hashed = await startHashedMonitor();
    const found = await hashed.monitor.findProcess(fixture.pid);
    if (found === undefined) throw new Error("not found");
    writeFileSync(join(root, "tool"), "inside");
    const old = new Date(1_000_000_000_000);
    utimesSync(join(root, "tool"), old, old);
    const { checksums } = (await hashed.hasher.hash({
      ...found,
      script: { path: "/tool", interpreter: "/jailed" },
    })) ?? {
      checksums: {},
    };
    // It was written after the process had started, whatever its time says.
    expect(checksums).toEqual({ "process.hash.sha256": sumOf(PROGRAM) });
    expect(statSync(join(root, "tool")).mtime).toEqual(old);
  });

  test("that have been changed since are told so", async () => {
    const path = await writeScript("#!/bin/sh\necho ready\nread line\n");
    await using program = await spawnProgram(path, []);
    writeFileSync(path, "#!/bin/sh\necho other\nread line\n");
    await using hashed = await startHashedMonitor();
    expect(await hashed.monitor.findProcess(program.pid)).toMatchObject({
      checksumStatus: "changed",
      checksums: { "process.hash.sha256": sumOf("/bin/sh") },
    });
  });
});
