import { chmodSync, copyFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { spawnProgram } from "./support/spawn-program.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("cc");

function copyProgram(name: string): string {
  const path = join(scratchFolder(), name);
  copyFileSync(fixturePath("odd-process"), path);
  return path;
}

describe("executables that are not what their path says", () => {
  test("deleted: the path without the kernel's suffix", async () => {
    const path = copyProgram("gone");
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    rmSync(path);
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(fixture.pid);
    expect(found).toMatchObject({ path, exeKind: "deleted", comm: "gone" });
    expect(found?.realPath).toBeUndefined();
  });

  test("a file whose name ends like the suffix is not deleted", async () => {
    const path = copyProgram("trick (deleted)");
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    await using monitor = await startMonitor();
    expect(await monitor.findProcess(fixture.pid)).toMatchObject({ path, exeKind: "file" });
  });

  test("replaced: never the file that stands there now", async () => {
    const path = copyProgram("updated");
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    copyFileSync(fixturePath("open-socket"), `${path}.new`);
    renameSync(`${path}.new`, path);
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(fixture.pid);
    expect(found).toMatchObject({ path, exeKind: "deleted" });
    expect(found?.realPath).toBeUndefined();
  });

  test("deleted while it is known: the next look sees it", async () => {
    const path = copyProgram("later");
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    await using monitor = await startMonitor();
    expect(await monitor.findProcess(fixture.pid)).toMatchObject({
      path,
      exeKind: "file",
      realPath: expect.any(String),
    });
    rmSync(path);
    await expect
      .poll(() => monitor.findProcess(fixture.pid), { timeout: 5_000 })
      .toMatchObject({ path, exeKind: "deleted" });
  });

  test("memfd: never on a disk", async () => {
    await using fixture = await spawnFixture("odd-process", ["memfd", "payload"]);
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(fixture.pid);
    expect(found).toMatchObject({ exeKind: "memfd", args: ["from-memfd"] });
    expect(found?.path).toMatch(/memfd:payload$/);
  });
});

describe("one pid, several images", () => {
  test("each exec is seen at once, though the process is known", async () => {
    const [first, second, third] = [copyProgram("first"), copyProgram("second"), copyProgram("third")];
    await using fixture = await spawnFixture("odd-process", ["chain", second, third], { path: first });
    await using monitor = await startMonitor();
    const { startTime, ...before } = (await monitor.findProcess(fixture.pid)) ?? {};
    expect(before).toMatchObject({ path: first, comm: "first" });
    for (const path of [second, third]) {
      fixture.tell();
      await fixture.next();
      expect(await monitor.findProcess(fixture.pid)).toMatchObject({ path, startTime });
    }
  });
});

describe("scripts", () => {
  function writeScript(name: string, text: string): string {
    const path = join(scratchFolder(), name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    return path;
  }

  const inode = (path: string) => statSync(path).ino;

  test("a script is told from its interpreter", async () => {
    const path = writeScript("tool", "#!/bin/sh\necho ready\nread line\n");
    await using program = await spawnProgram(path, ["--flag"]);
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(program.pid);
    expect(found).toMatchObject({ exeKind: "script", comm: "tool", script: { path, interpreter: found?.path } });
    expect(inode(found?.path ?? "")).toBe(inode("/bin/sh"));
  });

  test("through env(1), with options of the interpreter", async () => {
    const path = writeScript(
      "tool.js",
      `#!/usr/bin/env -S ${process.execPath} --no-warnings\nconsole.log("ready"); process.stdin.resume();\n`,
    );
    await using program = await spawnProgram(path, []);
    await using monitor = await startMonitor();
    expect(await monitor.findProcess(program.pid)).toMatchObject({ exeKind: "script", script: { path } });
  });

  test("a relative script is found from the working directory", async () => {
    const path = writeScript("relative.sh", "echo ready\nread line\n");
    await using program = await spawnProgram("/bin/sh", ["./relative.sh"], join(path, ".."));
    await using monitor = await startMonitor();
    expect(await monitor.findProcess(program.pid)).toMatchObject({ exeKind: "script", script: { path } });
  });

  test("a command of the shell is no script, even if a file has its name", async () => {
    const path = writeScript("name", "");
    await using program = await spawnProgram("/bin/sh", ["-c", "echo ready; read line", path]);
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(program.pid);
    expect(found).toMatchObject({ exeKind: "file" });
    expect(found?.script).toBeUndefined();
  });
});
