import { closeSync, fstatSync, statSync } from "node:fs";
import { DEFAULT_PROCFS } from "@procmon/core";
import { requirement } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { createNamespaceDoors } from "./namespace-doors.ts";
import { startDriver } from "./socket-driver.test-kit.ts";

describe.skipIf(requirement("cc", "root", "namespaces"))("a network namespace", () => {
  it("is reached through a process that is in it, and through no other", async () => {
    await using driver = await startDriver("net");
    const { pid, netns } = driver;
    const doors = createNamespaceDoors({ procfs: DEFAULT_PROCFS, mayList: false });
    expect(doors.own).toBe(statSync("/proc/self/ns/net").ino);
    expect([doors.open(netns), doors.find(netns)]).toEqual([undefined, undefined]);
    doors.note(netns, process.pid);
    doors.note(netns, 5_000_001);
    expect([doors.open(netns), doors.find(netns)]).toEqual([undefined, undefined]);
    doors.note(netns, pid);
    doors.note(netns, pid);
    expect(doors.find(netns)).toEqual({ netns, pids: [pid] });
    expect(doors.find(doors.own ?? 0)).toMatchObject({ pids: [process.pid] });
    const descriptor = doors.open(netns) ?? -1;
    expect(fstatSync(descriptor).ino).toBe(netns);
    closeSync(descriptor);
  });

  it("is looked for among all processes where that is allowed", async () => {
    await using driver = await startDriver("net");
    const doors = createNamespaceDoors({ procfs: DEFAULT_PROCFS, mayList: true });
    expect(doors.find(driver.netns)?.pids).toEqual([driver.pid]);
    const descriptor = doors.open(driver.netns) ?? -1;
    expect(fstatSync(descriptor).ino).toBe(driver.netns);
    closeSync(descriptor);
    expect([doors.open(1), doors.find(1)]).toEqual([undefined, undefined]);
  });
});
