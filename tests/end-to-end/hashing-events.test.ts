import { appendFileSync, copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { startHashedMonitor, sumOf } from "./support/hashed-monitor.ts";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";

needs("ebpf");

const SOON = { timeout: 10_000 };

function program(name: string): string {
  const path = join(scratchFolder(), "program");
  copyFileSync(fixturePath(name as "odd-process"), path);
  return path;
}

test("an exec says pending, and the checksum follows; the next one has it at once", async () => {
  const path = program("odd-process");
  const ok = { checksumStatus: "ok", checksums: { "process.hash.sha256": sumOf(path) } };
  await using hashed = await startHashedMonitor({}, "ebpf");
  const of = (pid: number, type: string) =>
    hashed.events.find(
      // A fork is told with what the parent runs.
      (event) => event.type === type && "process" in event && event.process?.pid === pid && event.process.path === path,
    );
  await using first = await spawnFixture("odd-process", ["wait"], { path });
  await expect.poll(() => of(first.pid, "checksum"), SOON).toBeDefined();
  expect(of(first.pid, "exec")).toMatchObject({ method: "ebpf", process: { checksumStatus: "pending" } });
  expect(of(first.pid, "checksum")).toMatchObject({ method: "hashing", process: { path, ...ok } });
  await using second = await spawnFixture("odd-process", ["wait"], { path });
  await expect.poll(() => of(second.pid, "exec"), SOON).toBeDefined();
  expect(of(second.pid, "exec")).toMatchObject({ process: { path, ...ok } });
  expect(of(second.pid, "checksum")).toBeUndefined();
  await second.stop();
  await expect.poll(() => of(second.pid, "exit"), SOON).toMatchObject({ process: ok });
});

test("another file of the same path is told of as a change, whoever runs it; a copy of the same is none", async () => {
  const path = program("odd-process");
  const before = sumOf(path);
  await using hashed = await startHashedMonitor({}, "ebpf");
  const changes = () => hashed.events.filter((event) => event.type === "checksum-change" && event.path === path);
  const isHashed = (pid: number) =>
    hashed.events.some(
      (event) => "process" in event && event.process?.pid === pid && event.process.checksumStatus === "ok",
    );
  const runAndWait = async () => {
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    await expect.poll(() => isHashed(fixture.pid), SOON).toBe(true);
    return fixture.pid;
  };
  await runAndWait();
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
  await runAndWait();
  expect(changes()).toEqual([]);

  copyFileSync(path, `${path}.other`);
  appendFileSync(`${path}.other`, "something else");
  renameSync(`${path}.other`, path);
  const pid = await runAndWait();
  await expect.poll(changes, SOON).toHaveLength(1);
  expect(changes()).toMatchObject([
    {
      method: "hashing",
      path,
      previous: { "process.hash.sha256": before },
      process: { pid, checksumStatus: "ok", checksums: { "process.hash.sha256": sumOf(path) } },
    },
  ]);
});

test("whoever wants only changes gets them", async () => {
  const path = program("odd-process");
  await using hashed = await startHashedMonitor({}, "ebpf");
  const { monitor, hasher } = hashed;
  const changes = monitor.events({ types: ["checksum-change"] });
  const isKnown = async (pid: number) => {
    const known = monitor.processes.getByPid(pid);
    return known === undefined ? undefined : (await hasher.hash(known))?.status;
  };
  {
    await using fixture = await spawnFixture("odd-process", ["wait"], { path });
    await expect.poll(() => isKnown(fixture.pid), SOON).toBe("ok");
  }
  copyFileSync(fixturePath("open-socket"), `${path}.other`);
  renameSync(`${path}.other`, path);
  await using fixture = await spawnFixture<{ pid: number }>("open-socket", ["tcp", "127.0.0.1", "0", "listen"], {
    path,
  });
  const { value } = await changes.next();
  expect(value).toMatchObject({ type: "checksum-change", path, process: { pid: fixture.pid } });
});

test("an algorithm that is added is computed for what runs already, and forgotten when nobody wants it", async () => {
  const path = program("odd-process");
  await using fixture = await spawnFixture("odd-process", ["wait"], { path });
  await using hashed = await startHashedMonitor({}, "ebpf");
  const { monitor, hasher, events } = hashed;
  await monitor.findProcess(fixture.pid);
  hasher.enable("md5");
  hasher.enable("md5");
  const told = () => events.find((event) => event.type === "checksum" && event.process.pid === fixture.pid);
  await expect.poll(told, SOON).toMatchObject({
    process: {
      checksumStatus: "ok",
      checksums: { "process.hash.md5": sumOf(path, "md5"), "process.hash.sha256": sumOf(path) },
    },
  });
  expect(hasher.algorithms).toEqual(["process.hash.md5", "process.hash.sha256"]);
  hasher.disable("md5");
  expect(Object.keys((await monitor.findProcess(fixture.pid))?.checksums ?? {})).toHaveLength(2);
  hasher.disable("md5");
  expect((await monitor.findProcess(fixture.pid))?.checksums).toEqual({ "process.hash.sha256": sumOf(path) });
  const { computed } = hasher.stats().threads;
  hasher.enable("md5");
  expect((await monitor.findProcess(fixture.pid))?.checksums).toHaveProperty(["process.hash.md5"]);
  expect(hasher.stats().threads.computed).toBeGreaterThan(computed);
});
