import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { DEFAULT_PROCFS } from "@procmon/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { startFakeMonitor } from "./fake-monitor.test-kit.ts";
import { type FakeUi, startFakeUi } from "./fake-ui.test-kit.ts";
import { readMonitoredProcess } from "./monitored-process.ts";
import { MAX_WATCHES } from "./process-watches.ts";
import { PATIENT, startFastLink } from "./start-link.test-kit.ts";

/** A process that runs until the test is over. */
async function startChild(args: readonly string[] = []): Promise<ChildProcess & { pid: number }> {
  const env = { ...process.env, SECRET: "s3cr3t" };
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 9e6); console.log()", ...args], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  if (child.pid === undefined) throw new Error("the process did not start");
  return child as ChildProcess & { pid: number };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

function look(pid: number, env = false) {
  const found = readMonitoredProcess(DEFAULT_PROCFS, pid, env);
  return found && { ...found, json: JSON.parse(found.json) };
}

describe("what the UI's window of a process shows", () => {
  test("is there, in the types that the UI takes", async () => {
    const { pid } = await startChild(["--", "an argument"]);
    const json = look(pid)?.json;
    expect(json).toMatchObject({
      ID: pid,
      PPID: process.pid,
      UID: process.getuid?.(),
      Path: process.execPath,
      CWD: process.cwd(),
      Env: {},
      IOStats: { WriteBytes: expect.any(Number), SyscallRead: expect.any(Number), RChar: expect.any(Number) },
      Statm: { Lib: 0, Data: expect.any(Number) },
    });
    expect(json.Args.at(-1)).toBe("an argument");
    expect(json.Tree[0]).toEqual({ key: process.execPath, value: pid });
    expect(json.Statm.Resident).toBeGreaterThan(100);
    expect(json.Status).toContain(`Pid:\t${pid}\n`);
    expect(json.Maps).toContain(process.execPath);
    expect(json.Maps.length).toBeLessThanOrEqual(128 * 1024);
    const standardOutput = json.Descriptors.find(({ Name }: { Name: string }) => Name === "1");
    expect(standardOutput).toEqual({
      Name: "1",
      SymLink: expect.stringMatching(/^(pipe|socket):\[\d+\]$/),
      Size: 0,
      ModTime: expect.any(String),
    });
    expect(new Date(standardOutput.ModTime).getTime()).toBeGreaterThan(Date.now() - 3_600_000);
  });

  test("has the environment only if it is asked for", async () => {
    const { pid } = await startChild();
    expect(look(pid)?.json.Env).toEqual({});
    expect(look(pid, true)?.json.Env).toMatchObject({ SECRET: "s3cr3t" });
  });

  test("is bounded", async () => {
    const { pid } = await startChild(["--", ...("\u0001é".repeat(60_000).match(/.{1,20000}/g) ?? [])]);
    const found = readMonitoredProcess(DEFAULT_PROCFS, pid, true);
    expect(found?.json.length).toBeGreaterThan(32_000);
    expect(found?.json.length).toBeLessThan(1_000_000);
  });

  test("is nothing of one that has ended", async () => {
    const child = await startChild();
    await end(child);
    expect(look(child.pid)).toBeUndefined();
  });
});

describe("a UI that asks for a process", () => {
  async function connected(env = false): Promise<FakeUi> {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
    startFastLink(fake, { address: ui.address, env });
    await expect.poll(() => ui.open, PATIENT).toBe(1);
    return ui;
  }
  const repliesTo = (ui: FakeUi, id: bigint) => ui.replies.filter((reply) => reply.id === id);

  test("is told of it again and again, until it has had enough", async () => {
    const [ui, { pid }] = [await connected(), await startChild()];
    const task = (id: bigint, type: number) =>
      ui.notify({
        id,
        type,
        data: JSON.stringify({ Name: "pid-monitor", Data: { pid: String(pid), interval: "1s" } }),
      });
    // As large as the ids of the real UI, which are over 2^53.
    const id = 17_000_000_000_123_457n;
    task(id, 13);
    await expect.poll(() => repliesTo(ui, id).length, PATIENT).toBeGreaterThan(2);
    for (const { code, data } of repliesTo(ui, id)) {
      expect(code).toBe(0);
      expect(JSON.parse(data)).toMatchObject({ ID: pid, Path: process.execPath, Env: {} });
    }
    task(2n, 14);
    await expect.poll(() => repliesTo(ui, 2n), PATIENT).toMatchObject([{ code: 0, data: "" }]);
    const before = repliesTo(ui, id).length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(repliesTo(ui, id)).toHaveLength(before);
  });

  test("and is of version 1.5 is told as well, and that it has ended", async () => {
    const [ui, child] = [await connected(true), await startChild()];
    ui.notify({ id: 5n, type: 10, data: String(child.pid) });
    await expect.poll(() => repliesTo(ui, 5n).length, PATIENT).toBe(1);
    expect(JSON.parse(repliesTo(ui, 5n)[0]?.data ?? "")).toMatchObject({ Env: { SECRET: "s3cr3t" } });
    ui.notify({ id: 6n, type: 11, data: String(child.pid) });
    await expect.poll(() => repliesTo(ui, 6n), PATIENT).toMatchObject([{ code: 0, data: "" }]);
    // Not shown any more: then it is the level of the log, in the numbers of 1.6.
    ui.notify({ id: 7n, type: 11, data: String(child.pid) });
    await expect.poll(() => repliesTo(ui, 7n), PATIENT).toMatchObject([{ code: 1 }]);
    ui.notify({ id: 8n, type: 10, data: String(child.pid) });
    await expect.poll(() => repliesTo(ui, 8n).length, PATIENT).toBe(1);
    await end(child);
    const gone = { code: 1, data: `The process ${child.pid} is no longer running.` };
    await expect.poll(() => repliesTo(ui, 8n).at(-1), PATIENT).toMatchObject(gone);
    ui.notify({ id: 9n, type: 13, data: String(child.pid) });
    await expect.poll(() => repliesTo(ui, 9n), PATIENT).toMatchObject([gone]);
  });

  test("gets a few at once, and no more", async () => {
    const ui = await connected();
    const children = await Promise.all([...Array(MAX_WATCHES + 1)].map(() => startChild()));
    for (const [index, { pid }] of children.entries()) ui.notify({ id: BigInt(index), type: 13, data: String(pid) });
    await expect
      .poll(() => repliesTo(ui, BigInt(MAX_WATCHES)), PATIENT)
      .toMatchObject([{ code: 1, data: expect.stringContaining("already") }]);
    // Too many at once: that one is looked at a little later.
    await expect.poll(() => repliesTo(ui, BigInt(MAX_WATCHES - 1))[0]?.code, PATIENT).toBe(0);
    // The same one again takes no more room, and is told to the newest who asked.
    ui.notify({ id: 99n, type: 13, data: String(children[0]?.pid) });
    await expect.poll(() => repliesTo(ui, 99n)[0]?.code, PATIENT).toBe(0);
  });

  test("without end is not served without end", async () => {
    const [ui, { pid }] = [await connected(), await startChild()];
    for (let id = 1n; id <= 2000n; id++) ui.notify({ id, type: 13, data: String(pid) });
    ui.notify({ id: 5000n, type: 6 });
    await expect.poll(() => repliesTo(ui, 5000n).length, PATIENT).toBe(1);
    expect(ui.replies.filter(({ code }) => code === 0).length).toBeLessThan(200);
    await expect.poll(() => repliesTo(ui, 2000n).length, PATIENT).toBeGreaterThan(0);
  });
});
