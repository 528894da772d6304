import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileIdentity, Process } from "@procmon/core";
import { fixturePath, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import {
  bytesOf,
  copyProgram,
  end,
  look,
  now,
  openExecutable,
  programBytes,
  scratchFolder,
  startProgram,
  TICK_MS,
  withBareIdentity,
  withoutIdentity,
} from "./programs.test-kit.ts";

const noCompiler = requirement("cc");

describe.skipIf(noCompiler)(`a living process${noCompiler ? `: ${noCompiler}` : ""}`, () => {
  test("its executable is opened, whatever is known of it", async () => {
    const path = await copyProgram("plain");
    const { pid } = await startProgram(path, ["wait"]);
    const process = look(pid);
    for (const each of [process, withBareIdentity(process), withoutIdentity(process)]) {
      expect(await openExecutable(each, now())).toMatchObject({
        ok: true,
        file: { inode: statSync(path, { bigint: true }).ino },
      });
      expect((await bytesOf(each)).equals(programBytes())).toBe(true);
    }
  });

  test("removed or replaced while it runs: what runs is opened, not what stands there", async () => {
    const [removed, replaced, renamed] = [await copyProgram("a"), await copyProgram("b"), await copyProgram("c")];
    const pids = [];
    for (const path of [removed, replaced, renamed]) pids.push((await startProgram(path, ["wait"])).pid);
    const before = pids.map(look);
    rmSync(removed);
    writeFileSync(`${replaced}.new`, "something else");
    renameSync(`${replaced}.new`, replaced);
    renameSync(renamed, `${renamed}.old`);
    await sleep(TICK_MS);
    for (const process of [...before, ...pids.map(look)]) {
      for (const each of [process, withBareIdentity(process)])
        expect((await bytesOf(each)).equals(programBytes())).toBe(true);
    }
    for (const process of pids.map(look).map(withoutIdentity))
      expect(await openExecutable(process)).toMatchObject({ ok: true });
  });

  test("a memfd", async () => {
    await using fixture = await spawnFixture("odd-process", ["memfd", "payload"]);
    const process = look(fixture.pid);
    expect(process.exeKind).toBe("memfd");
    for (const each of [process, withBareIdentity(process), withoutIdentity(process)]) {
      expect((await bytesOf(each)).equals(programBytes())).toBe(true);
    }
  });

  test("that executes another file meanwhile: the first one is found by its path, and only that one", async () => {
    const [first, second] = [await copyProgram("first"), await copyProgram("second")];
    await using fixture = await spawnFixture<{ pid: number }>("odd-process", ["chain", second], { path: first });
    const process = look(fixture.pid);
    fixture.tell();
    await fixture.next();
    const expected = { ok: true, file: { inode: process.executable?.inode } };
    expect(await openExecutable(process)).toMatchObject(expected);
    expect(await openExecutable(withBareIdentity(process))).toMatchObject(expected);
    // Nothing else tells which file it was.
    expect(await openExecutable(withoutIdentity(process))).toMatchObject({ ok: false, failure: "gone" });
    rmSync(first);
    expect(await openExecutable(process)).toMatchObject({ ok: false, failure: "gone" });
  });

  test("touched while it runs: its mtime does not tell the same any more", async () => {
    const path = await copyProgram("touched");
    const { pid } = await startProgram(path, ["wait"]);
    const process = look(pid);
    utimesSync(path, 1, 1);
    expect(await openExecutable(process)).toMatchObject({ ok: false, failure: "changed" });
    chmodSync(path, 0o700);
    expect(await openExecutable(look(pid))).toMatchObject({ ok: true });
  });

  test("a pid that another process has now is not trusted", async () => {
    const path = await copyProgram("reused");
    const { pid } = await startProgram(path, ["wait"]);
    const process = look(pid);
    const former = { ...process, startTime: process.startTime - 1n };
    rmSync(path);
    await sleep(TICK_MS);
    // Its link leads to a file whose ctime is another one.
    expect(await openExecutable(former)).toMatchObject({ ok: false, failure: "changed" });
    expect(await openExecutable(withoutIdentity(former))).toMatchObject({ ok: false, failure: "gone" });
    expect(await openExecutable(process)).toMatchObject({ ok: true });
  });
});

describe.skipIf(noCompiler)(`a process that has ended${noCompiler ? `: ${noCompiler}` : ""}`, () => {
  async function ended(path: string): Promise<Process> {
    const child = await startProgram(path, ["wait"]);
    const process = look(child.pid);
    await end(child);
    return process;
  }

  test("its path is enough where the identity is known, in full or not", async () => {
    const process = await ended(await copyProgram("ended"));
    for (const each of [process, withBareIdentity(process)]) {
      expect(await openExecutable(each)).toMatchObject({ ok: true, file: process.executable });
      expect(await openExecutable(each, now())).toMatchObject({ ok: true, file: process.executable });
    }
    expect(await openExecutable(withoutIdentity(process))).toMatchObject({ ok: false, failure: "gone" });
  });

  test("replaced since: never the new file", async () => {
    const path = await copyProgram("replaced");
    const process = await ended(path);
    copyFileSync(path, `${path}.new`);
    renameSync(`${path}.new`, path);
    for (const each of [process, withBareIdentity(process)]) {
      expect(await openExecutable(each)).toMatchObject({ ok: false, failure: "changed" });
    }
    rmSync(path);
    expect(await openExecutable(process)).toMatchObject({ ok: false, failure: "gone" });
  });

  test("written to since, with its size and mtime as they were: the ctime tells", async () => {
    const path = await copyProgram("forged");
    const process = await ended(path);
    const execTime = now();
    await sleep(TICK_MS);
    const { atime, mtime, size } = statSync(path);
    writeFileSync(path, Buffer.alloc(size, 1));
    utimesSync(path, atime, mtime);
    for (const each of [process, withBareIdentity(process)]) {
      expect(await openExecutable(each, execTime)).toMatchObject({ ok: false, failure: "changed" });
      expect(await openExecutable(each)).toMatchObject({ ok: false, failure: "changed" });
    }
  });

  test("written just before it was executed: nobody could tell if it was written to again", async () => {
    const path = await copyProgram("fresh");
    const process = await ended(path);
    const { ctime } = process.executable as Required<FileIdentity>;
    expect(await openExecutable(process, ctime + 5_000_000n)).toMatchObject({ ok: false, failure: "changed" });
    expect(await openExecutable(process, ctime + 20_000_000n)).toMatchObject({ ok: true });
  });

  test("a folder, a link to another file, a pipe or a device in its place is not opened", async () => {
    const folder = scratchFolder();
    const path = await copyProgram("place", folder);
    const process = await ended(path);
    rmSync(path);
    const other = await copyProgram("other", folder);
    const places = [
      () => mkdirSync(path),
      () => symlinkSync(other, path),
      () => symlinkSync("/dev/zero", path),
      () => symlinkSync("/proc/self/mem", path),
    ];
    for (const make of places) {
      make();
      for (const each of [process, withBareIdentity(process)]) {
        expect(await openExecutable(each)).toMatchObject({ ok: false, failure: "changed" });
      }
      rmSync(path, { recursive: true });
    }
    execFileSync("mkfifo", [path]);
    expect(await openExecutable(process)).toMatchObject({ ok: false, failure: "changed" });
  });

  test("a link to the very file is followed, and one to itself ends", async () => {
    const path = await copyProgram("moved");
    const process = await ended(path);
    linkSync(path, `${path}.kept`);
    const { ctimeNs } = statSync(`${path}.kept`, { bigint: true });
    rmSync(path);
    symlinkSync(`${path}.kept`, path);
    const after = statSync(`${path}.kept`, { bigint: true }).ctimeNs;
    expect(after).toBeGreaterThanOrEqual(ctimeNs);
    const moved = { ...process, executable: { ...(process.executable as Required<FileIdentity>), ctime: after } };
    expect(await openExecutable(moved, now() + 1_000_000_000n)).toMatchObject({ ok: true });
    rmSync(path);
    symlinkSync(path, path);
    expect(await openExecutable(moved)).toMatchObject({ ok: false, failure: "gone" });
  });

  test("names that are not UTF-8", async () => {
    const folder = scratchFolder();
    const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff, 0x20, 0xc3)]);
    copyFileSync(fixturePath("odd-process"), name);
    await sleep(TICK_MS);
    const child = await startProgram("/bin/sh", ["-c", `exec "$(printf '%s/\\377 \\303' ${folder})" wait`]);
    await expect.poll(() => look(child.pid).path).toContain("\udcff \udcc3");
    const process = look(child.pid);
    expect(await openExecutable(process)).toMatchObject({ ok: true });
    expect(await openExecutable(withoutIdentity(process))).toMatchObject({ ok: true });
    await end(child);
    expect(await openExecutable(process, now())).toMatchObject({ ok: true });
  });

  test("an empty file, too", async () => {
    const path = await copyProgram("empty");
    const process = await ended(path);
    truncateSync(path, 0);
    expect(await openExecutable(process)).toMatchObject({ ok: false, failure: "changed" });
  });
});
