import { describe, expect, it } from "vitest";
import { connect, createFakeProcfs, createScene, exec, exit, PARENT, PID, stat } from "./processes.test-kit.ts";

it("tells all that records and what was read with them say", () => {
  const { tracker, events, host } = createScene({ captureEnv: true });
  tracker.apply(exec(400, { pid: PARENT, ppid: 1, exe: "/bin/sh", comm: "sh" }), {
    stat: stat(300, { pid: PARENT, ppid: 1 }),
  });
  const ids = { uid: 1000, euid: 0, suid: 0, gid: 5, egid: 6, sgid: 7 };
  const cgroup = Buffer.from("1:name=systemd:/old\n0::/system.slice/ssh.service\n");
  const reading = { stat: stat(499), cgroup, root: "/", netns: 42, env: { A: "1" } };
  const process = tracker.apply(exec(500, { ...ids, ppid: PARENT }, { argsTotal: 9, argsTruncated: true }), reading);
  expect(process).toEqual({
    pid: PID,
    startTime: 499n,
    ppid: PARENT,
    comm: "x",
    uid: 0,
    gid: 6,
    user: "root",
    uids: { real: 1000, effective: 0, saved: 0 },
    gids: { real: 5, effective: 6, saved: 7 },
    path: "/bin/x",
    exeKind: "file",
    args: ["/bin/x", "1"],
    argsTotal: 9,
    argsTruncated: true,
    cwd: "/tmp",
    root: "/",
    netns: 42,
    env: { A: "1" },
    cgroup: "/system.slice/ssh.service",
    systemdUnit: "ssh.service",
    tree: [
      { pid: PID, startTime: 499n, comm: "x", path: "/bin/x" },
      { pid: PARENT, startTime: 300n, comm: "sh", path: "/bin/sh" },
    ],
  });
  expect(events.at(-1)).toMatchObject({ type: "exec", process, time: exec(500).time });
  expect(host.processes.getByPid(PID)).toBe(process);
});

describe("the executable's file", () => {
  const told = { name: "/bin/x", device: 7, inode: 8 };
  const read = { device: 7, inode: 8n, size: 9n, mtime: 10n, ctime: 11n };
  const apply = (executable: typeof read) =>
    createScene().tracker.apply(exec(500, {}, { files: [told], complete: true }), { stat: stat(499), executable });

  it("is told with its size and times where what was read is the file of the records", () => {
    expect(apply(read)?.executable).toEqual(read);
  });

  it("is told as the records have it where the process ran another one by then", () => {
    expect(apply({ ...read, inode: 80n })?.executable).toEqual({ device: 7, inode: 8n });
    expect(apply({ ...read, device: 70 })?.executable).toEqual({ device: 7, inode: 8n });
  });
});

describe("an exec over an exec", () => {
  it("keeps what an exec does not change, and nothing else", () => {
    const { tracker, host } = createScene({ captureEnv: true });
    const cgroup = Buffer.from("0::/system.slice/a.service\n");
    const first = tracker.apply(exec(500), { stat: stat(499), cgroup, root: "/", netns: 42, env: { A: "1" } });
    const second = tracker.apply(exec(501, { exe: "/bin/y", comm: "y" }, { cwd: "/" }), { stat: stat(499) });
    expect(second).toMatchObject({ startTime: 499n, path: "/bin/y", cwd: "/", root: "/", netns: 42 });
    expect(second).toMatchObject({ systemdUnit: "a.service", comm: "y", args: ["/bin/y", "1"] });
    expect(second?.env).toBeUndefined();
    expect(host.processes.history({ pid: PID, startTime: 499n })).toEqual([first]);
    expect(tracker.apply(connect(502, { exe: "/bin/y" }))).toBe(second);
  });

  it("keeps the true parent where another one has taken the process in", () => {
    const { tracker } = createScene();
    tracker.apply(exec(400, { pid: PARENT, ppid: 1, exe: "/bin/sh" }), { stat: stat(300, { pid: PARENT }) });
    tracker.apply(exec(410, { pid: 7, ppid: 1, exe: "/bin/init" }), { stat: stat(3, { pid: 7 }) });
    tracker.apply(exec(500), { stat: stat(499) });
    tracker.apply(exit(501, { pid: PARENT, exe: "/bin/sh" }));
    const later = tracker.apply(exec(502, { ppid: 7, exe: "/bin/y" }), { stat: stat(499) });
    expect(later?.ppid).toBe(7);
    expect(later?.tree?.map(({ pid }) => pid)).toEqual([PID, PARENT]);
  });

  it("that failed has changed nothing", () => {
    const { tracker, told } = createScene();
    tracker.apply(exec(500), { stat: stat(499) });
    expect(tracker.apply(exec(501, {}, { errno: 2, args: ["nope"] }))).toMatchObject({ args: ["/bin/x", "1"] });
    expect(told().length).toBe(1);
  });
});

it("leaves out what was read of another process, or may be another image's", () => {
  const { tracker } = createScene({ captureEnv: true });
  tracker.apply(exec(500), { stat: stat(499) });
  const cgroup = Buffer.from("0::/system.slice/other.service\n");
  const others = tracker.apply(exec(501), { stat: stat(700), cgroup, root: "/other", netns: 9, env: { B: "2" } });
  expect(others).toMatchObject({ startTime: 499n, path: "/bin/x" });
  for (const name of ["cgroup", "root", "netns", "env"] as const) expect(others?.[name]).toBeUndefined();
  const renamed = tracker.apply(exec(502), { stat: stat(499, { comm: "z" }), netns: 9, env: { B: "2" } });
  expect(renamed).toMatchObject({ netns: 9 });
  expect(renamed?.env).toBeUndefined();
});

describe("without readings", () => {
  const alive = { start: 499, ppid: PARENT, exe: "/bin/true", args: ["true", "a"], environ: "A=1\0", netns: 77 };
  const subject = { exe: "/bin/true" };

  it("reads what lives still", () => {
    const procfs = createFakeProcfs();
    procfs.put(PID, { ...alive, cgroup: "0::/user.slice/u.scope\n" });
    const { tracker } = createScene({ procfs, captureEnv: true });
    const process = tracker.apply(exec(500, subject, { argsTruncated: true, args: ["true"] }));
    expect(process).toMatchObject({ startTime: 499n, root: "/", netns: 77, systemdUnit: "u.scope", env: { A: "1" } });
    expect(process?.args).toEqual(["true", "a"]);
    expect(process?.argsTruncated).toBeUndefined();
  });

  it("does not read an environment that nobody asked for, nor that of an image that came after", () => {
    const procfs = createFakeProcfs();
    procfs.put(PID, alive);
    expect(createScene({ procfs }).tracker.apply(exec(500, subject))?.env).toBeUndefined();
    const { tracker } = createScene({ procfs, captureEnv: true });
    expect(tracker.apply(exec(500, { exe: "/bin/false" }))).toMatchObject({ startTime: 499n, path: "/bin/false" });
    expect(tracker.find(PID)?.env).toBeUndefined();
    expect(tracker.find(PID)?.netns).toBe(77);
  });

  it("reads nothing of a process that got the pid later", () => {
    const procfs = createFakeProcfs();
    procfs.put(PID, { ...alive, start: 600 });
    const process = createScene({ procfs, captureEnv: true }).tracker.apply(exec(500, subject));
    expect(process).toMatchObject({ startTime: 500n, path: "/bin/true" });
    for (const name of ["netns", "env", "root"] as const) expect(process?.[name]).toBeUndefined();
  });
});

describe("an image that nobody told of", () => {
  it("is not taken for the one before", () => {
    const { tracker, told, host } = createScene();
    tracker.apply(exec(500), { stat: stat(499) });
    const process = tracker.apply(connect(510, { exe: "/bin/y", comm: "y" }));
    expect(process).toMatchObject({ startTime: 499n, path: "/bin/y", comm: "y" });
    expect(process?.args).toBeUndefined();
    expect(host.processes.getByPid(PID)?.path).toBe("/bin/y");
    expect(tracker.stats()).toMatchObject({ missedExecs: 1 });
    expect(told().length).toBe(1);
  });

  it("is read where it runs still", () => {
    const procfs = createFakeProcfs();
    const { tracker } = createScene({ procfs });
    tracker.apply(exec(500), { stat: stat(499) });
    procfs.put(PID, { start: 499, exe: "/bin/true", args: ["true", "b"] });
    expect(tracker.apply(connect(510, { exe: "/bin/true" }))).toMatchObject({ args: ["true", "b"] });
  });

  it("is none where the file was removed, or the root has been changed", () => {
    const { tracker, host } = createScene();
    tracker.apply(exec(500, { exe: "/jail/bin/x" }), { stat: stat(499) });
    expect(tracker.apply(connect(501, { exe: "/bin/x" }))).toMatchObject({ path: "/jail/bin/x", exeKind: "file" });
    expect(tracker.apply(connect(502, { exe: "/bin/x (deleted)" }))).toMatchObject({
      path: "/jail/bin/x",
      exeKind: "deleted",
      args: ["/jail/bin/x", "1"],
    });
    expect(host.processes.getByPid(PID)?.exeKind).toBe("deleted");
    expect(tracker.stats()).toMatchObject({ missedExecs: 0 });
  });
});

it("tells of the script that an interpreter runs, also by way of env", () => {
  const { tracker } = createScene();
  const asked = { name: "./s.js" };
  const env = tracker.apply(
    exec(
      500,
      { exe: "/usr/bin/env" },
      {
        args: ["/usr/bin/env", "node", "./s.js", "a"],
        cwd: "/srv",
        files: [asked, { name: "/usr/bin/env" }, { name: "/lib64/ld.so" }],
      },
    ),
    { stat: stat(499) },
  );
  expect(env).toMatchObject({ exeKind: "script", script: { path: "/srv/s.js", interpreter: "/usr/bin/env" } });
  const node = tracker.apply(
    exec(
      501,
      { exe: "/usr/bin/node" },
      { args: ["node", "./s.js", "a"], cwd: "/srv", files: [{ name: "/usr/bin/node" }] },
    ),
    { stat: stat(499) },
  );
  expect(node).toMatchObject({ exeKind: "script", script: { path: "/srv/s.js", interpreter: "/usr/bin/node" } });
});
