import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createMonitor, DEFAULT_PROCFS, type Monitor, readMountinfo } from "@procmon/core";
import { ebpfMethod } from "@procmon/method-ebpf";
import { fixturePath, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endOf, imagesOf, lastImage, ownFolder, runToEnd } from "./support/processes.ts";
import { startDriver } from "./support/socket-driver.ts";
import { recordTold, type ToldEvents } from "./support/told-events.ts";
import { watch } from "./watching.ts";

const missing = requirement("ebpf", "namespaces");
const CONTAINER = "0123456789abcdef".repeat(4);

describe.skipIf(missing)("of a process is told", () => {
  let monitor: Monitor;
  let events: ToldEvents;
  const program = missing === undefined ? fixturePath("short-life") : "";

  beforeAll(async () => {
    ({ monitor } = await watch());
    events = recordTold(monitor);
  });

  afterAll(() => monitor.stop());

  const typesOf = (pid: number) => events.of(pid).map(({ type }) => type);

  it("who it is: its parent, its start, its ids, its folder, its network", async () => {
    using folder = ownFolder();
    await using fixture = await spawnFixture("odd-process", ["wait"], { cwd: folder.path });
    const { pid } = fixture;
    await events.caughtUp();
    const image = lastImage(events, pid);
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
    expect(image).toMatchObject({
      ...{ pid, startTime: BigInt(fields[19] ?? 0), ppid: process.pid, comm: "odd-process" },
      ...{ uid: 0, gid: 0, user: "root", cwd: folder.path, root: "/" },
      uids: { real: 0, effective: 0, saved: 0 },
      gids: { real: 0, effective: 0, saved: 0 },
      netns: statSync(`/proc/${pid}/ns/net`).ino,
    });
    expect(image.nsPid).toBeUndefined();
    expect(image.env).toBeUndefined();
    expect(image.tree?.slice(0, 2)).toMatchObject([
      { pid, path: fixturePath("odd-process") },
      { pid: process.pid, path: process.execPath },
    ]);
  });

  it.each([
    ["empty ones", ["", "a", ""]],
    ["all kinds of characters", ["new\nline", "tab\t", "\u{1f600}", "--", "'quoted'"]],
    ["many", Array.from({ length: 3000 }, (_, at) => `${at}`)],
    ["one that is long", ["x".repeat(30_000)]],
  ])("each argument: %s", async (_, args) => {
    const pid = runToEnd(program, [...args, "0"]);
    await events.caughtUp();
    const image = lastImage(events, pid);
    expect(image.args).toEqual([program, ...args, "0"]);
    expect(image.argsTruncated).toBeUndefined();
  });

  it("arguments that are no text, and that there are none", async () => {
    await using bytes = await spawnFixture("odd-process", ["args", "ff00", "c328", "-"]);
    await using none = await spawnFixture("odd-process", ["no-args"]);
    await events.caughtUp();
    // The first one ends with its zero byte.
    expect(lastImage(events, bytes.pid).args).toEqual(["\udcff", "\udcc3(", ""]);
    // The kernel gives one to whoever has none (since Linux 5.18).
    expect(lastImage(events, none.pid).args).toEqual([""]);
  });

  it("the beginning of arguments that are too many, and how many they are", async () => {
    const args = Array.from({ length: 40 }, (_, at) => `${at}`.padEnd(1000, "."));
    const pid = runToEnd(program, [...args, "0"]);
    await events.caughtUp();
    const image = lastImage(events, pid);
    expect(image).toMatchObject({ argsTruncated: true, argsTotal: args.length + 2 });
    const told = image.args ?? [];
    expect(told.length).toBeGreaterThan(30);
    expect([program, ...args].slice(0, told.length - 1)).toEqual(told.slice(0, -1));
    expect([program, ...args][told.length - 1]?.startsWith(told.at(-1) ?? "-")).toBe(true);
  });

  it("the ids that a set-user-id program gives it", async () => {
    using folder = ownFolder();
    chmodSync(folder.path, 0o755);
    copyFileSync(program, folder.file("copy"));
    chownSync(folder.file("copy"), 54_321, 54_322);
    chmodSync(folder.file("copy"), 0o6755);
    const pid = runToEnd(folder.file("copy"), ["0"], { uid: 65_534, gid: 65_534 });
    await events.caughtUp();
    expect(lastImage(events, pid)).toMatchObject({
      ...{ uid: 54_321, gid: 54_322 },
      uids: { real: 65_534, effective: 54_321, saved: 54_321 },
      gids: { real: 65_534, effective: 54_322, saved: 54_322 },
    });
  });

  it("its pid in its own namespace", async () => {
    await using fixture = await spawnFixture("odd-process", ["wait"], { enter: ["pid"] });
    await events.caughtUp();
    expect(lastImage(events, fixture.pid)).toMatchObject({ pid: fixture.pid, nsPid: 1 });
  });

  it("its control group, and the container that this names", async () => {
    const root = readMountinfo(DEFAULT_PROCFS, "self");
    const mount = root.ok ? root.value.find(({ type }) => type === "cgroup2") : undefined;
    const name = `docker-${CONTAINER}.scope`;
    const group = join(mount?.mountPoint ?? "", name);
    mkdirSync(group);
    try {
      const pid = runToEnd("/bin/sh", ["-c", `echo $$ > ${group}/cgroup.procs; exec ${program} 0`]);
      await events.caughtUp();
      expect(lastImage(events, pid)).toMatchObject({
        cgroup: `/${name}`,
        container: { id: CONTAINER, runtime: "docker" },
      });
      expect(imagesOf(events, pid)[0]?.container).toBeUndefined();
    } finally {
      rmdirSync(group);
    }
  });

  it.each([
    [["0"], { exitCode: 0 }],
    [["255"], { exitCode: 255 }],
    [["signal", "0"], { signal: 9 }],
    [["signal", "1"], { signal: 15 }],
    [["signal", "3"], { signal: 11 }],
  ])("how it ended: %j, %j", async (args, end) => {
    const pid = runToEnd(program, args);
    await events.caughtUp();
    expect(typesOf(pid)).toEqual(["fork", "exec", "exit"]);
    expect(endOf(events, pid)).toEqual(end);
  });

  it("each image, of several in one process, with one start", async () => {
    using folder = ownFolder();
    copyFileSync(program, folder.file("other"));
    const pid = runToEnd(program, ["chain", folder.file("other"), program, "7"]);
    await events.caughtUp();
    expect(typesOf(pid)).toEqual(["fork", "exec", "exec", "exec", "exit"]);
    expect(imagesOf(events, pid).map(({ path }) => path)).toEqual([program, folder.file("other"), program]);
    expect(new Set(events.of(pid).map(({ process }) => process.startTime)).size).toBe(1);
    expect(endOf(events, pid)).toEqual({ exitCode: 7 });
  });

  it("no exec where there was none: one that failed, and a fork alone", async () => {
    await using driver = await startDriver();
    expect(await driver.try("exec /nowhere/to/be/found")).toMatchObject({ error: 2 });
    const { pid } = await driver.do("fork");
    expect(await driver.try("exec /etc/passwd")).toMatchObject({ error: 13 });
    await driver.do("exit");
    await events.caughtUp();
    expect(typesOf(driver.pid)).toEqual(["fork", "exec"]);
    expect(typesOf(pid)).toEqual(["fork", "exit"]);
    expect(events.of(pid)[0]?.process).toMatchObject({ ppid: driver.pid, path: fixturePath("drive-sockets") });
    expect(endOf(events, pid)).toEqual({ exitCode: 0 });
  });

  it("an exec in a child that has its parent's memory still (vfork)", async () => {
    await using fixture = await spawnFixture<{ pid: number; child?: number }>("odd-process", [
      "vfork",
      fixturePath("odd-process"),
    ]);
    const child = fixture.ready.child as number;
    await events.caughtUp();
    expect(typesOf(child)).toEqual(["fork"]);
    fixture.tell();
    await fixture.next();
    await events.caughtUp();
    expect(typesOf(child)).toEqual(["fork", "exec"]);
    expect(lastImage(events, child)).toMatchObject({ ppid: fixture.pid, args: [fixturePath("odd-process"), "wait"] });
    expect(typesOf(fixture.pid)).toEqual(["fork", "exec"]);
  });

  it("an exec of another thread than the first as that of the process, and threads as none", async () => {
    const storm = spawnSync(fixturePath("thread-storm"), ["5", "1", "exec", program], {
      encoding: "utf8",
      input: "\n",
    });
    await events.caughtUp();
    const children = events.all.flatMap((event) =>
      event.type === "fork" && event.process.ppid === storm.pid ? [event.process.pid] : [],
    );
    expect(children).toHaveLength(5);
    for (const [number, pid] of children.entries()) {
      expect(typesOf(pid)).toEqual(["fork", "exec", "exit"]);
      expect(lastImage(events, pid)).toMatchObject({ pid, path: program, args: [program, `${number}`] });
      expect(endOf(events, pid)).toEqual({ exitCode: number });
    }
  });

  it("its ancestry as it was when it began, though its parent has ended", async () => {
    // The shell's child waits until the shell is gone, and then goes on as an orphan.
    const wait = "while kill -0 $$ 2>/dev/null; do sleep 0.01; done";
    const shell = spawn("/bin/sh", ["-c", `(${wait}; exec ${program} 9) & exit 0`], { stdio: "ignore" });
    await once(shell, "exit");
    await expect
      .poll(() => events.all.some((event) => event.type === "exec" && event.process.args?.join(" ") === `${program} 9`))
      .toBe(true);
    const orphan = events.all.flatMap((event) => {
      return event.type === "exec" && event.process.args?.join(" ") === `${program} 9` ? [event.process] : [];
    })[0];
    expect(orphan?.ppid).not.toBe(shell.pid);
    expect(orphan?.tree?.map(({ pid }) => pid).slice(0, 3)).toEqual([orphan?.pid, shell.pid, process.pid]);
  });
});

describe.skipIf(missing)("the environment of a process is told", () => {
  it("on request only", async () => {
    await using monitor = createMonitor({ methods: [ebpfMethod()], strict: true, captureEnv: true });
    await monitor.start();
    const events = recordTold(monitor);
    const env = { A: "1", EMPTY: "", LONG: "x".repeat(20_000), "NEW\nLINE": "two\nlines" };
    const pid = runToEnd(fixturePath("short-life"), ["0"], { env });
    await events.caughtUp();
    expect(lastImage(events, pid).env).toEqual(env);
  });
});
