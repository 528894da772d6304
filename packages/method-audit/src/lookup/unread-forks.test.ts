import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_PROCFS } from "@procmon/core";
import { requirement } from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLastPid } from "./last-pid.ts";
import { createRecentForks } from "./recent-forks.ts";
import { startDriver } from "./socket-driver.test-kit.ts";
import { createUnreadForks } from "./unread-forks.ts";

const HOLDER = { pid: 100, startTime: 1n, fd: 3 };

describe("processes of which no record has come", () => {
  let root: string;
  let settled: number | undefined;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "procmon-test-"));
    settled = undefined;
    given(200);
  });

  afterEach(() => rmSync(root, { recursive: true }));

  /** This pid was given away last. */
  function given(pid: number): void {
    writeFileSync(join(root, "loadavg"), `0.50 0.40 0.30 2/345 ${pid}\n`);
  }

  function live(pid: number, parent: number): void {
    mkdirSync(join(root, `${pid}`), { recursive: true });
    const rest = Array.from({ length: 40 }, (_, at) => at).join(" ");
    writeFileSync(join(root, `${pid}/stat`), `${pid} (a) b) S ${parent} ${rest}\n`);
  }

  const mayHold = (since?: number) => {
    const forks = createUnreadForks({ root }, { settled: () => settled });
    try {
      given(last);
      return forks.mayHold(7, [HOLDER], since);
    } finally {
      forks.close();
    }
  };
  let last = 200;

  it("are none where no pid was given away since", () => {
    last = 200;
    live(150, HOLDER.pid);
    expect(mayHold()).toBe(false);
    expect(mayHold(200)).toBe(false);
    expect(mayHold(149)).toBe(true);
  });

  it.each<[string, number, boolean]>([
    ["a holder's child", HOLDER.pid, true],
    ["one whose parent has ended", 1, true],
    ["another's child", 50, false],
    ["another's child, as far as is known", 0, false],
  ])("are looked at for whose child they are: %s", (_, parent, expected) => {
    last = 205;
    live(203, parent);
    expect(mayHold()).toBe(expected);
    // Its record has come.
    settled = 203;
    expect(mayHold()).toBe(false);
    expect(mayHold(202)).toBe(expected);
  });

  it("may be anybody's children where they are too many, or pids began again", () => {
    last = 200 + 1000;
    expect(mayHold()).toBe(true);
    last = 150;
    expect(mayHold()).toBe(true);
    writeFileSync(join(root, "loadavg"), "nonsense");
    expect(createUnreadForks({ root: "/nonexistent" }, { settled: () => 1 }).mayHold(7, [HOLDER], 1)).toBe(true);
  });

  it("do not count where they are holders themselves", () => {
    last = 205;
    live(203, 1);
    const forks = createUnreadForks({ root }, { settled: () => 200 });
    given(205);
    expect(forks.mayHold(7, [{ ...HOLDER, pid: 203 }], undefined)).toBe(false);
    forks.close();
    forks.close();
    expect(forks.mayHold(7, [], undefined)).toBe(true);
  });
});

describe("the records of forks", () => {
  afterEach(() => void vi.useRealTimers());

  it("are settled after a while, since those of vfork come late", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const forks = createRecentForks();
    expect(forks.settled()).toBeUndefined();
    forks.note(10);
    vi.advanceTimersByTime(150);
    forks.note(11);
    expect(forks.settled()).toBeUndefined();
    vi.advanceTimersByTime(100);
    expect(forks.settled()).toBe(10);
    vi.advanceTimersByTime(1000);
    expect(forks.settled()).toBe(11);
  });

  it("are bounded", () => {
    const forks = createRecentForks();
    for (let pid = 1; pid <= 2000; pid++) forks.note(pid);
    expect(forks.settled()).toBe(976);
  });
});

describe.skipIf(requirement("cc"))("the last pid", () => {
  it("is that of the process that was made last, or a later one", async () => {
    const lastPid = createLastPid(DEFAULT_PROCFS);
    const before = lastPid.read() ?? 0;
    await using driver = await startDriver();
    const after = lastPid.read() ?? 0;
    expect(before).toBeGreaterThan(0);
    // Pids begin again at some time.
    if (after > before) expect(driver.pid).toBeGreaterThan(before);
    if (after > before) expect(after).toBeGreaterThanOrEqual(driver.pid);
    expect(after).not.toBe(before);
    lastPid.close();
    expect(lastPid.read()).toBeUndefined();
  });
});
