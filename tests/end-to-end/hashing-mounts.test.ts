import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fixturePath, requirement, spawnFixture, startFuse } from "@procmon-internal/fixtures";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HashedMonitor, startHashedMonitor, sumOf } from "./support/hashed-monitor.ts";
import { makeHasher } from "./support/lone-hasher.ts";
import { look } from "./support/made-up-process.ts";
import { spawnMounted } from "./support/mounted-fixture.ts";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { blow, chainOf, makeOverlay, makePrograms, memoryFolder, type Sums } from "./support/short-programs.ts";
import type { Storm } from "./support/storm.ts";
import { allTold, lastTold } from "./support/told-checksums.ts";

const noEbpf = requirement("ebpf");
const PROGRAM = () => fixturePath("odd-process");
const SOON = { timeout: 10_000 };
/** Longer than the times of files are behind the clock. */
const TICK_MS = 40;

describe("FUSE, as AppImages are mounted", () => {
  needs("fuse", "namespaces");

  test.for(["proc", "ebpf"])("a program of a mount that may be read: %s", async (method, { skip }) => {
    skip(method === "ebpf" && noEbpf !== undefined, noEbpf);
    await using server = await startFuse({ program: PROGRAM() });
    await using hashed = await startHashedMonitor({}, method);
    const path = server.path("program");
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    const ok = { path, checksumStatus: "ok", checksums: { "process.hash.sha256": sumOf(PROGRAM()) } };
    expect(await hashed.monitor.findProcess(fixture.pid)).toMatchObject(ok);
    await using second = await spawnFixture("odd-process", ["wait"], { path });
    expect(await hashed.monitor.findProcess(second.pid)).toMatchObject(ok);
  });

  test("its program is read once, however many run it", async () => {
    await using server = await startFuse({ program: PROGRAM() });
    const hasher = makeHasher();
    for (let round = 0; round < 3; round++) {
      await using fixture = await spawnFixture("odd-process", ["wait"], { path: server.path("program") });
      expect(await hasher.hash(look(fixture.pid))).toMatchObject({ status: "ok" });
      expect(hasher.stats().threads.computed).toBe(1);
    }
  });

  test("a mount that not even root may look at: what is in memory is told, and is no file's checksum", async () => {
    await using server = await startFuse({ program: PROGRAM(), uid: 65534 });
    const start = () => spawnFixture("odd-process", ["wait"], { enter: ["uid=65534"], path: server.path("program") });
    await using fixture = await start();
    const process = look(fixture.pid);
    const key = "process.memory.sha256";
    const sums = [];
    for (let round = 0; round < 2; round++) {
      const found = await makeHasher().hash(process);
      expect(found).toEqual({ status: "denied", checksums: { [key]: expect.stringMatching(/^[0-9a-f]{64}$/) } });
      sums.push(found?.checksums[key]);
    }
    expect(sums[0]).toBe(sums[1]);
    expect(sums[0]).not.toBe(sumOf(PROGRAM()));
    expect(await makeHasher({ memoryImages: false }).hash(process)).toEqual({ status: "denied", checksums: {} });
    // The file system keeps no digest of what is in memory.
    expect(await makeHasher({ algorithms: ["fsverity"] }).hash(process)).toEqual({ status: "denied", checksums: {} });
  });

  test("such a mount, as it is told of by events", async ({ skip }) => {
    skip(noEbpf !== undefined, noEbpf);
    await using server = await startFuse({ program: PROGRAM(), uid: 65534 });
    await using hashed = await startHashedMonitor({}, "ebpf");
    const path = server.path("program");
    await using fixture = await spawnFixture("odd-process", ["wait"], { enter: ["uid=65534"], path });
    const told = () => lastTold(hashed.events, [fixture.pid]).find((process) => process.path === path);
    await expect.poll(() => told()?.checksumStatus, SOON).toBe("denied");
    expect(Object.keys(told()?.checksums ?? {})).toEqual(["process.memory.sha256"]);
    const { checksums } = (await makeHasher().hash(look(fixture.pid))) ?? {};
    expect(told()?.checksums).toEqual(checksums);
  });
});

describe("short lives on mounts of their own", () => {
  needs("ebpf", "namespaces");

  const LIVES = 100;

  /** Runs each program of a folder in a chain, in a mount namespace, and checks what is told of each. */
  async function check(mounts: string, folder: string, sums: Sums): Promise<HashedMonitor> {
    const hashed = await startHashedMonitor({}, "ebpf");
    onTestFinished(() => hashed.monitor.stop());
    await using storm = await spawnMounted<Storm>(mounts, "storm", chainOf(LIVES, folder, sums));
    const images = (await allTold(hashed, await blow(storm))).filter(({ path }) => path?.startsWith(`${folder}/`));
    const wrong = images.filter(({ path = "", checksumStatus, checksums }) => {
      const sum = sums.get(path.slice(folder.length + 1));
      return checksumStatus !== "ok" || checksums?.["process.hash.sha256"] !== sum;
    });
    expect(wrong.map(({ path, checksumStatus, checksums }) => ({ path, checksumStatus, checksums }))).toEqual([]);
    expect(images).toHaveLength(LIVES * sums.size);
    return hashed;
  }

  test("an overlay of two file systems, as containers have it", async () => {
    const { mounts, folder, sums } = makeOverlay();
    await sleep(TICK_MS);
    await check(mounts, folder, sums);
  });

  test("an executable that was copied up, and one that was written, in the container", async () => {
    const [disk, memory] = [scratchFolder(), memoryFolder()];
    const sums = new Map([
      ...makePrograms(join(disk, "lower"), ["copied-up"]),
      ...makePrograms(join(memory, "source"), ["written"]),
    ]);
    for (const name of ["upper", "work", "merged"]) mkdirSync(join(memory, name));
    const layers = `lowerdir=${disk}/lower,upperdir=${memory}/upper,workdir=${memory}/work`;
    const merged = join(memory, "merged");
    const mounts = `mount -t overlay overlay -o ${layers} ${merged}
      chmod 700 ${merged}/copied-up
      cp ${memory}/source/written ${merged}/written
      sleep 0.1`;
    await check(mounts, merged, sums);
  });

  test.skipIf(noSquashfs())(`squashfs, as snaps have it${suffix(noSquashfs())}`, async () => {
    const [source, folder] = [scratchFolder(), scratchFolder()];
    const sums = makePrograms(join(source, "files"), ["one", "two", "three"]);
    const image = join(source, "image");
    execFileSync("mksquashfs", [join(source, "files"), image, "-quiet", "-no-progress"], { stdio: "ignore" });
    await check(`mount -t squashfs -o loop,ro ${image} ${folder}`, folder, sums);
  });

  test.skipIf(noBtrfs())(`btrfs, in two subvolumes${suffix(noBtrfs())}`, async () => {
    const [source, folder] = [scratchFolder(), scratchFolder()];
    // The inodes of both have the same numbers.
    const sums = new Map(
      ["one", "two"].flatMap((volume) =>
        [...makePrograms(join(source, volume), ["program"])].map(([name, sum]) => [`${volume}/${name}`, sum] as const),
      ),
    );
    const image = join(source, "image");
    execFileSync("truncate", ["--size=128M", image]);
    execFileSync("mkfs.btrfs", ["--quiet", image]);
    const mounts = `mount -t btrfs -o loop ${image} ${folder}
      for volume in one two; do
        btrfs -q subvolume create ${folder}/$volume
        cp ${source}/$volume/program ${folder}/$volume/program
      done
      sleep 0.1`;
    await check(mounts, folder, sums);
  });
});

describe("200 processes that live a millisecond, where their path leads to another file than here", () => {
  needs("namespaces");

  test.for(["ebpf", "proc"])("through the root of their parent: %s", async (method, { skip }) => {
    skip(method === "ebpf" && noEbpf !== undefined, noEbpf);
    const LIVES = 200;
    const folder = scratchFolder();
    const [inside, outside] = [join(folder, "inside"), join(folder, "outside")];
    const sums = makePrograms(inside, ["program"]);
    makePrograms(outside, ["program"]);
    await sleep(TICK_MS);
    const path = join(outside, "program");
    await using hashed = await startHashedMonitor({}, method);
    await using storm = await spawnFixture<Storm>("storm", [`${LIVES}`, "4", "run", path], {
      enter: ["mount", `bind=${inside}:${outside}`],
    });
    const images = (await allTold(hashed, await blow(storm))).filter((image) => image.path === path);
    const results = new Set(images.map(({ checksumStatus, checksums }) => JSON.stringify([checksumStatus, checksums])));
    const ok = JSON.stringify(["ok", { "process.hash.sha256": sums.get("program") }]);
    expect([...results]).toEqual([ok]);
    // The method proc may be too late to see which file it was: then nothing is told.
    if (method === "ebpf") expect(images).toHaveLength(LIVES);
    else expect(images.length).toBeGreaterThan(LIVES / 4);
  });
});

function suffix(reason: string | undefined): string {
  return reason === undefined ? "" : `: ${reason}`;
}

function noLoop(): string | undefined {
  const missing = requirement("root");
  if (missing !== undefined) return missing;
  return spawnSync("losetup", ["--find"]).status === 0 ? undefined : "there are no loop devices";
}

function hasFileSystem(name: string): boolean {
  return readFileSync("/proc/filesystems", "utf8").includes(`\t${name}\n`);
}

function noSquashfs(): string | undefined {
  if (spawnSync("mksquashfs", ["-version"]).error) return "mksquashfs is not installed (package squashfs-tools)";
  return hasFileSystem("squashfs") ? noLoop() : "this kernel has no squashfs";
}

function noBtrfs(): string | undefined {
  if (spawnSync("mkfs.btrfs", ["--version"]).error) return "mkfs.btrfs is not installed (package btrfs-progs)";
  return hasFileSystem("btrfs") ? noLoop() : "this kernel has no btrfs";
}
