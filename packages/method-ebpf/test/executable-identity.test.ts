import { copyFileSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { type FileIdentity, fileIdentity } from "@procmon/core";
import { fixturePath, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { lastImage, ownFolder, runToEnd } from "./support/processes.ts";
import { startDriver } from "./support/socket-driver.ts";
import { recordTold } from "./support/told-events.ts";
import { watchTold } from "./support/watch-told.ts";
import { watch } from "./watching.ts";

const missing = requirement("ebpf", "namespaces");

function identityOf(path: string): Required<FileIdentity> {
  return fileIdentity(statSync(path, { bigint: true }));
}

/** Runs a shell's commands in a mount namespace of its own. */
function runMounted(commands: string, cwd: string): number {
  return runToEnd(fixturePath("enter"), ["mount", "/bin/sh", "-ec", commands], { cwd });
}

describe.skipIf(missing)("which file a process runs", () => {
  const watched = watchTold();
  const program = missing === undefined ? fixturePath("short-life") : "";

  async function identityTold(pid: number): Promise<FileIdentity | undefined> {
    await watched.events.caughtUp();
    return lastImage(watched.events, pid).executable;
  }

  it("is told as stat tells it, also when the process ends at once", async () => {
    using folder = ownFolder();
    copyFileSync(program, folder.file("copy"));
    const pid = runToEnd(folder.file("copy"), ["0"]);
    expect(await identityTold(pid)).toEqual(identityOf(folder.file("copy")));
  });

  it("is told so, too, where somebody has looked at the file before, which the kernel marks in its ctime", async () => {
    using folder = ownFolder();
    copyFileSync(program, folder.file("copy"));
    const before = identityOf(folder.file("copy"));
    expect(await identityTold(runToEnd(folder.file("copy"), ["0"]))).toEqual(before);
  });

  it.each([
    ["the day of the epoch", 0],
    ["years before it", -1e9],
    ["the far future", 8e9],
  ])("keeps a time that its owner set: %s", async (_, seconds) => {
    using folder = ownFolder();
    copyFileSync(program, folder.file("copy"));
    const date = new Date(seconds * 1000);
    utimesSync(folder.file("copy"), date, date);
    const told = await identityTold(runToEnd(folder.file("copy"), ["0"]));
    expect(told).toEqual(identityOf(folder.file("copy")));
    expect(told?.mtime).toBe(BigInt(seconds) * 1_000_000_000n);
  });

  it("is told of a memfd", async () => {
    await using fixture = await spawnFixture("odd-process", ["memfd", "hidden"]);
    expect(await identityTold(fixture.pid)).toEqual(identityOf(`/proc/${fixture.pid}/exe`));
  });

  it("is that of the interpreter, not of its script", async () => {
    using folder = ownFolder();
    writeFileSync(folder.file("script"), "#!/bin/sh\nexit 3\n", { mode: 0o755 });
    expect(await identityTold(runToEnd(folder.file("script"), []))).toEqual(identityOf("/bin/sh"));
  });

  it("is told of a process that was there before, and of its child", async () => {
    await using driver = await startDriver();
    const { monitor } = await watch();
    try {
      const events = recordTold(monitor);
      const { pid } = await driver.do("fork");
      await events.caughtUp();
      const [fork] = events.of(pid);
      expect(fork?.process.executable).toEqual(identityOf(`/proc/${driver.pid}/exe`));
    } finally {
      await monitor.stop();
    }
  });

  it("is the same on a tmpfs that others do not see", async () => {
    using folder = ownFolder();
    mkdirSync(folder.file("mounted"));
    const commands = `mount -t tmpfs none mounted && cp ${program} mounted/copy &&
      stat -c '%Hd %Ld %i %s' mounted/copy >told && exec mounted/copy 0`;
    const told = await identityTold(runMounted(commands, folder.path));
    expect(told).toMatchObject(identityOfLine(readFileSync(folder.file("told"), "utf8")));
    expect(told?.mtime).toBeGreaterThan(0n);
  });

  it("is the same on an overlay of one file system", async () => {
    using folder = ownFolder();
    for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(folder.file(name));
    copyFileSync(program, folder.file("lower/copy"));
    const commands = `mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work merged &&
      stat -c '%Hd %Ld %i %s' merged/copy >told && exec merged/copy 0`;
    const told = await identityTold(runMounted(commands, folder.path));
    const { mtime, ctime } = identityOf(folder.file("lower/copy"));
    expect(told).toEqual({ ...identityOfLine(readFileSync(folder.file("told"), "utf8")), mtime, ctime });
  });

  it("is told without the device that stat gives, on an overlay of several file systems", async () => {
    using folder = ownFolder();
    for (const name of ["lower", "tmpfs", "merged"]) mkdirSync(folder.file(name));
    copyFileSync(program, folder.file("lower/copy"));
    const commands = `mount -t tmpfs none tmpfs && mkdir tmpfs/upper tmpfs/work &&
      mount -t overlay none -o xino=off,lowerdir=lower,upperdir=tmpfs/upper,workdir=tmpfs/work merged &&
      stat -c '%Hd %Ld %i %s' merged/copy >told && exec merged/copy 0`;
    const told = await identityTold(runMounted(commands, folder.path));
    const { device, ...rest } = identityOf(folder.file("lower/copy"));
    expect(told).toMatchObject(rest);
    expect(told?.device).not.toBe(device);
  });
});

/** A line of `stat -c '%Hd %Ld %i %s'`. */
function identityOfLine(line: string): FileIdentity {
  const [major = 0, minor = 0, inode = 0, size = 0] = line.split(" ").map(Number);
  const device = (minor & 0xff) + major * 0x100 + (minor >>> 8) * 0x100000;
  return { device, inode: BigInt(inode), size: BigInt(size) };
}
