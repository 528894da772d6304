import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { type MadeSocket, pidsOf, unconnected } from "./support/sockets.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("namespaces");

interface OddProcess {
  readonly pid: number;
  readonly nsPid: number;
}

const sameFile = (a: string, b: string) => statSync(a).ino === statSync(b).ino && statSync(a).dev === statSync(b).dev;

describe("other file systems", () => {
  test("chroot: the root is told, and realPath opens the file that runs", async () => {
    const root = scratchFolder();
    copyFileSync(fixturePath("odd-process"), join(root, "jailed"));
    await using fixture = await spawnFixture<OddProcess>("odd-process", ["wait"], {
      enter: [`chroot=${root}`],
      path: "/jailed",
    });
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(fixture.pid);
    expect(found).toMatchObject({ root, exeKind: "file", comm: "jailed" });
    expect(sameFile(found?.realPath ?? "", join(root, "jailed"))).toBe(true);
  });

  test("mount namespace: another file of the same path here is not taken for it", async () => {
    const folder = scratchFolder();
    const [inside, outside] = [join(folder, "inside"), join(folder, "outside")];
    for (const each of [inside, outside]) mkdirSync(each);
    copyFileSync(fixturePath("odd-process"), join(inside, "program"));
    copyFileSync(fixturePath("open-socket"), join(outside, "program"));
    await using fixture = await spawnFixture<OddProcess>("odd-process", ["wait"], {
      enter: ["mount", `bind=${inside}:${outside}`],
      path: join(outside, "program"),
    });
    await using monitor = await startMonitor();
    const found = await monitor.findProcess(fixture.pid);
    expect(found).toMatchObject({ path: join(outside, "program"), exeKind: "file" });
    expect(sameFile(found?.realPath ?? "", join(inside, "program"))).toBe(true);
  });
});

describe("pid namespaces", () => {
  test("a process is named by the pid that this side sees, and tells its own", async () => {
    await using fixture = await spawnFixture<OddProcess>("odd-process", ["wait"], { enter: ["pid", "mount", "proc"] });
    await using monitor = await startMonitor();
    expect(fixture.ready.nsPid).toBe(1);
    expect(await monitor.findProcess(fixture.pid)).toMatchObject({ pid: fixture.pid, nsPid: 1 });
  });

  test("its sockets are found", async () => {
    await using fixture = await spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", "0", "listen"], {
      enter: ["pid", "mount", "proc"],
    });
    await using monitor = await startMonitor();
    const owner = await monitor.findOwner(unconnected("tcp", "127.0.0.1", fixture.ready.port));
    expect(pidsOf(owner)).toEqual([fixture.pid]);
  });
});

describe("network namespaces", () => {
  const netnsOf = (pid: number) => statSync(`/proc/${pid}/ns/net`).ino;
  const listenOn = (port: number) =>
    spawnFixture<MadeSocket>("open-socket", ["tcp", "127.0.0.1", String(port), "listen"], { enter: ["net"] });

  test("the same tuple in two namespaces has two owners, and none here", async () => {
    await using first = await listenOn(4455);
    await using second = await listenOn(4455);
    await using monitor = await startMonitor();
    const tuple = unconnected("tcp", "127.0.0.1", 4455);
    for (let round = 0; round < 2; round++) {
      for (const { pid } of [first, second])
        expect(pidsOf(await monitor.findOwner({ ...tuple, netns: netnsOf(pid) }))).toEqual([pid]);
      expect(pidsOf(await monitor.findOwner(tuple))).toBe("none: not-found");
    }
  });

  test("a process tells its namespace, and a snapshot its sockets'", async () => {
    await using fixture = await listenOn(4456);
    await using monitor = await startMonitor();
    const netns = netnsOf(fixture.pid);
    expect(await monitor.findProcess(fixture.pid)).toMatchObject({ netns });
    const { sockets } = await monitor.snapshot({ families: ["inet"] });
    const entry = sockets.find((socket) => socket.netns === netns);
    expect(entry).toMatchObject({ state: "listen", connection: { srcPort: 4456, netns } });
    expect(entry && pidsOf(entry.ownership)).toEqual([fixture.pid]);
  });

  test("a namespace that has ended owns nothing, although it was asked for before", async () => {
    const fixture = await listenOn(4457);
    await using monitor = await startMonitor();
    const tuple = { ...unconnected("tcp", "127.0.0.1", 4457), netns: netnsOf(fixture.pid) };
    expect(pidsOf(await monitor.findOwner(tuple))).toEqual([fixture.pid]);
    await fixture.stop();
    expect(pidsOf(await monitor.findOwner(tuple))).toBe("none: not-found");
  });
});
