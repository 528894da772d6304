import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_PROCFS, deviceNumber, type FileIdentity, type Process, readMaps } from "@procmon/core";
import { fixturePath, requirement, spawnFixture, startFuse } from "@procmon-internal/fixtures";
import { describe, expect, onTestFinished, test } from "vitest";
import { executableTarget } from "./candidates.ts";
import { end, look, readOpened, scratchFolder, startProgram, TICK_MS, tryToOpen } from "./programs.test-kit.ts";

const noNamespaces = requirement("namespaces");
const noFuse = requirement("fuse", "cc");
const noBtrfs = noNamespaces ?? checkBtrfs();

const open = (process: Process) => tryToOpen(executableTarget(DEFAULT_PROCFS, process, 2n ** 62n));
const isProgram = async (process: Process) =>
  (await readOpened(executableTarget(DEFAULT_PROCFS, process))).equals(readFileSync(fixturePath("odd-process")));

/** Device and inode as the kernel's own structures have them, which a list of mappings shows (show_vma_header_prefix() of fs/proc/task_mmu.c). */
function kernelIdentity(process: Process): FileIdentity {
  const maps = readMaps(DEFAULT_PROCFS, process.pid);
  const image = maps.ok ? maps.value.find(({ path }) => path === process.path) : undefined;
  const [major, minor] = image?.device.split(":") ?? [];
  return {
    ...(process.executable as Required<FileIdentity>),
    device: deviceNumber(Number.parseInt(major ?? "", 16), Number.parseInt(minor ?? "", 16)),
    inode: image?.inode ?? 0n,
  };
}

/** Mounts an overlay in a mount namespace of its own, where the lower layer is another file system, and runs a program of that. */
async function startInOverlay(script = ""): Promise<{ process: Process; stop(): Promise<void>; lower: string }> {
  const [lower, upper] = [scratchFolder(), scratchFolder("/dev/shm")];
  for (const folder of ["up", "work", "merged"]) mkdirSync(join(upper, folder));
  copyFileSync(fixturePath("odd-process"), join(lower, "program"));
  await sleep(TICK_MS);
  const options = `lowerdir=${lower},upperdir=${upper}/up,workdir=${upper}/work`;
  const merged = join(upper, "merged");
  const commands = `mount -t overlay overlay -o ${options} ${merged}; ${script} exec ${merged}/program wait`;
  const child = await startProgram("unshare", ["--mount", "sh", "-ec", commands.replaceAll("MERGED", merged)]);
  await expect.poll(() => look(child.pid).path).toBe(`${merged}/program`);
  return { process: look(child.pid), stop: () => end(child), lower };
}

describe.skipIf(noNamespaces)(`overlayfs${noNamespaces ? `: ${noNamespaces}` : ""}`, () => {
  test("the kernel's records name another device than stat does, and both are known", async () => {
    const { process } = await startInOverlay();
    const executable = kernelIdentity(process);
    expect(executable.device).not.toBe(process.executable?.device);
    expect(executable.inode).toBe(process.executable?.inode);
    const { device, inode } = executable;
    for (const each of [process.executable as FileIdentity, executable, { device, inode }]) {
      expect(await isProgram({ ...process, executable: each })).toBe(true);
    }
    const other = { ...process, executable: { ...executable, device: device + 1 } };
    expect(await open(other)).toMatchObject({ failure: "changed" });
    expect(await open({ ...other, exeKind: "memfd" })).toMatchObject({ failure: "gone" });
  });

  test("when the process has ended, another process in its namespace leads there", async () => {
    const { process } = await startInOverlay();
    const executable = kernelIdentity(process);
    const { realPath: _, ...gone } = { ...process, pid: 2 ** 30, tree: [{ pid: 2 ** 30 }, { pid: process.pid }] };
    expect(await open({ ...gone, executable })).toMatchObject({ ok: true, file: process.executable });
    expect(await open({ ...gone, executable, tree: [] })).toMatchObject({ failure: "gone" });
  });

  test("copied up while it runs: still that file by the kernel's link, unless its times were set", async () => {
    const { process } = await startInOverlay();
    const path = `/proc/${process.pid}/root${process.path}`;
    execFileSync("chmod", ["700", path]);
    expect(await open(process)).toMatchObject({ ok: true });
    expect(await open({ ...process, executable: kernelIdentity(process) })).toMatchObject({ ok: true });
    utimesSync(path, 1, 1);
    expect(await open(process)).toMatchObject({ failure: "changed" });
  });
});

describe.skipIf(noFuse)(`FUSE${noFuse ? `: ${noFuse}` : ""}`, () => {
  const program = () => fixturePath("odd-process");

  test("an executable there is opened", async () => {
    await using server = await startFuse({ program: program() });
    const child = await startProgram(server.path("program"), ["wait"]);
    expect(await isProgram(look(child.pid))).toBe(true);
    await end(child);
  });

  test("who mounts it may keep even root out", async () => {
    await using server = await startFuse({ program: program(), uid: 65534 });
    await using fixture = await spawnFixture("odd-process", ["wait"], {
      enter: ["uid=65534"],
      path: server.path("program"),
    });
    const process = look(fixture.pid);
    expect(process.executable).toBeUndefined();
    expect(await open(process)).toMatchObject({ failure: "denied" });
    const executable = { device: 1, inode: 1n };
    expect(await open({ ...process, executable })).toMatchObject({ failure: "denied" });
  });
});

test.skipIf(noBtrfs)(
  `btrfs, where each subvolume has a device of its own${noBtrfs ? `: ${noBtrfs}` : ""}`,
  async () => {
    const [image, folder] = [join(scratchFolder(), "image"), scratchFolder()];
    execFileSync("truncate", ["--size=128M", image]);
    execFileSync("mkfs.btrfs", ["--quiet", image]);
    execFileSync("mount", ["-o", "loop", image, folder]);
    onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
    execFileSync("btrfs", ["subvolume", "create", join(folder, "sub")]);
    const path = join(folder, "sub/program");
    copyFileSync(fixturePath("odd-process"), path);
    await sleep(TICK_MS);
    const child = await startProgram(path, ["wait"]);
    const process = look(child.pid);
    const executable = kernelIdentity(process);
    const { device, inode } = executable;
    expect(device).not.toBe(process.executable?.device);
    for (const each of [process.executable as FileIdentity, executable, { device, inode }]) {
      expect(await isProgram({ ...process, executable: each })).toBe(true);
    }
    await end(child);
    expect(await open({ ...process, executable })).toMatchObject({ ok: true, file: process.executable });
    // The same inode number, in another subvolume.
    execFileSync("btrfs", ["subvolume", "create", join(folder, "other")]);
    copyFileSync(fixturePath("odd-process"), join(folder, "other/program"));
    expect(statSync(join(folder, "other/program"), { bigint: true }).ino).toBe(inode);
    expect(await open({ ...process, path: join(folder, "other/program"), executable })).toMatchObject({
      failure: "changed",
    });
    truncateSync(path, 5);
    expect(await open({ ...process, executable })).toMatchObject({ failure: "changed" });
  },
);

function checkBtrfs(): string | undefined {
  if (spawnSync("mkfs.btrfs", ["--version"]).status !== 0) return "mkfs.btrfs is not installed (package btrfs-progs)";
  if (!readFileSync("/proc/filesystems", "utf8").includes("\tbtrfs\n")) return "this kernel has no btrfs";
  return spawnSync("losetup", ["--find"]).status === 0 ? undefined : "there are no loop devices";
}
