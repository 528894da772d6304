import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PF_FORKNOEXEC } from "../procfs/parse-stat.ts";
import { DEFAULT_PROCFS } from "../procfs/procfs.ts";
import { readStat } from "../procfs/read-stat.ts";
import { pinImage } from "./image-pin.ts";
import { hasKernelThreads, start, startShell, stop, until, untilRuns } from "./start-process.test-kit.ts";

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

describe("pinImage", () => {
  it("is alive as long as the process", async () => {
    const child = start("/bin/sleep", ["1000"]);
    const pin = pinImage(DEFAULT_PROCFS, child.pid);
    expect(pin?.isAlive()).toBe(true);
    await stop(child);
    expect(pin?.isAlive()).toBe(false);
    pin?.close();
  });

  it("ends with an exec, though it is of the same program", async () => {
    const { child } = await startShell("echo x; read x; exec /bin/sh -c 'echo y; read y'");
    const before = readStat(DEFAULT_PROCFS, child.pid);
    const pin = pinImage(DEFAULT_PROCFS, child.pid);
    expect(pin?.isAlive()).toBe(true);
    child.stdin?.write("\n");
    await until(() => pin?.isAlive() === false);
    pin?.close();
    expect(before.ok && pinImage(DEFAULT_PROCFS, child.pid, before.value)).toBeUndefined();
  });

  it("of one that has only forked ends with its first exec", async () => {
    const { child, line } = await startShell("exec 3<&0; (read x <&3; exec sleep 1000) & echo $!; wait");
    const pid = Number(line);
    const stat = readStat(DEFAULT_PROCFS, pid);
    expect(stat.ok && stat.value.flags & PF_FORKNOEXEC).toBe(PF_FORKNOEXEC);
    const forked = pinImage(DEFAULT_PROCFS, pid);
    expect(forked?.isAlive()).toBe(true);
    child.stdin?.write("\n");
    await untilRuns(pid, "sleep");
    expect(forked?.isAlive()).toBe(false);
    forked?.close();
    const pin = pinImage(DEFAULT_PROCFS, pid);
    expect(pin?.isAlive()).toBe(true);
    pin?.close();
  });

  it("of one that has only forked ends with it, also while it is a zombie", async () => {
    const { child, line } = await startShell("(read x; true) <&1 & echo $!; exec sleep 1000");
    const pid = Number(line);
    await untilRuns(child.pid, "sleep");
    const pin = pinImage(DEFAULT_PROCFS, pid);
    expect(pin?.isAlive()).toBe(true);
    process.kill(pid, "SIGKILL");
    await until(() => pin?.isAlive() === false);
    const stat = readStat(DEFAULT_PROCFS, pid);
    expect(stat.ok && stat.value.state).toBe("Z");
    pin?.close();
  });

  it("of one that has only forked is not taken in by its name", async () => {
    const { line } = await startShell(
      "exec 3<&0; (printf ') Z 1 2 3 4 (' > /proc/self/comm; sh -c 'echo $PPID'; read x <&3) & wait",
    );
    const pid = Number(line);
    const stat = readStat(DEFAULT_PROCFS, pid);
    expect(stat.ok && stat.value.flags & PF_FORKNOEXEC).toBe(PF_FORKNOEXEC);
    const pin = pinImage(DEFAULT_PROCFS, pid);
    expect(pin?.isAlive()).toBe(true);
    pin?.close();
  });

  it("is not where the environment is empty, nor where there is no process", async () => {
    const { pid } = start("env", ["-i", "/bin/sleep", "1000"]);
    await untilRuns(pid, "sleep");
    expect(pinImage(DEFAULT_PROCFS, pid)).toBeUndefined();
    expect(pinImage(DEFAULT_PROCFS, 2 ** 30)).toBeUndefined();
    if (hasKernelThreads) expect(pinImage(DEFAULT_PROCFS, 2)).toBeUndefined();
  });

  it("holds one descriptor until it is closed, and none where it is refused", () => {
    const { pid } = start("/bin/sleep", ["1000"]);
    const before = descriptors();
    const pin = pinImage(DEFAULT_PROCFS, pid);
    expect(descriptors()).toBe(before + 1);
    pin?.close();
    pin?.close();
    expect(pin?.isAlive()).toBe(false);
    const stat = readStat(DEFAULT_PROCFS, pid);
    if (!stat.ok) throw new Error(stat.failure);
    expect(pinImage(DEFAULT_PROCFS, pid, { ...stat.value, startStack: 4096n })).toBeUndefined();
    expect(descriptors()).toBe(before);
  });
});
