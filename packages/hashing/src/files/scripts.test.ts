import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_PROCFS, type Process } from "@procmon/core";
import { fixturePath, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { scriptTarget } from "./candidates.ts";
import type { FileTarget } from "./file-target.ts";
import { end, look, readOpened, scratchFolder, startProgram, TICK_MS, tryToOpen } from "./programs.test-kit.ts";

const noNamespaces = requirement("namespaces");
const TEXT = "#!/bin/sh\nread line\n";

const target = (process: Process, execTime?: bigint) => scriptTarget(DEFAULT_PROCFS, process, execTime) as FileTarget;
const open = (process: Process, execTime?: bigint) => tryToOpen(target(process, execTime));

async function startScript(): Promise<{ path: string; child: Awaited<ReturnType<typeof startProgram>> }> {
  const path = join(scratchFolder(), "script");
  writeFileSync(path, TEXT, { mode: 0o755 });
  await sleep(TICK_MS);
  return { path, child: await startProgram(path, []) };
}

describe("the script of a living process", () => {
  test("is opened", async () => {
    const { path, child } = await startScript();
    const process = look(child.pid);
    expect(process.script).toMatchObject({ path });
    const { ino } = statSync(path, { bigint: true });
    expect(await open(process)).toMatchObject({ ok: true, file: { inode: ino, size: BigInt(TEXT.length) } });
    expect((await readOpened(target(process))).toString()).toBe(TEXT);
  });

  test("is not, once it was written to or replaced", async () => {
    const { path, child } = await startScript();
    const execTime = BigInt(Date.now()) * 1_000_000n;
    const process = look(child.pid);
    await sleep(TICK_MS);
    appendFileSync(path, "echo\n");
    expect(await open(process)).toMatchObject({ ok: false, failure: "changed" });
    expect(await open(process, execTime)).toMatchObject({ ok: false, failure: "changed" });
    copyFileSync("/bin/sh", `${path}.new`);
    renameSync(`${path}.new`, path);
    expect(await open(process)).toMatchObject({ ok: false, failure: "changed" });
    rmSync(path);
    expect(await open(process)).toMatchObject({ ok: false, failure: "gone" });
  });

  test("is no longer after the process: its path may have meant another file to it", async () => {
    const { child } = await startScript();
    const process = look(child.pid);
    await end(child);
    expect(await open(process)).toMatchObject({ ok: false, failure: "gone" });
    // Nor through the root of one that has its pid now.
    const other = await startProgram("/bin/sleep", ["100"]);
    expect(await open({ ...process, pid: other.pid, startTime: 1n })).toMatchObject({ ok: false, failure: "gone" });
  });
});

test.skipIf(noNamespaces)(
  `a link in a changed root does not lead out of it${noNamespaces ? `: ${noNamespaces}` : ""}`,
  async () => {
    const root = scratchFolder();
    const folder = scratchFolder();
    mkdirSync(join(root, folder), { recursive: true });
    copyFileSync(fixturePath("odd-process"), join(root, "program"));
    writeFileSync(join(root, folder, "tool"), "inside");
    writeFileSync(join(folder, "tool"), "outside");
    symlinkSync(join(folder, "tool"), join(root, "script"));
    await sleep(TICK_MS);
    await using fixture = await spawnFixture<{ pid: number }>("odd-process", ["wait"], {
      enter: [`chroot=${root}`],
      path: "/program",
    });
    const process = { ...look(fixture.pid), script: { path: "/script", interpreter: "/program" } };
    expect((await readOpened(target(process))).toString()).toBe("inside");
  },
);
