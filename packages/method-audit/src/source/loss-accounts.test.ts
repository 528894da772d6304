import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AuditControl } from "../kernel/audit-control.ts";
import { addDrops, createKernelLossWatch, judgeGap, NO_DROPS } from "./loss-accounts.ts";

/** A control that knows one number. */
function controlWith(lost: () => number): AuditControl {
  const status = () => ({ enabled: 1, pid: 0, backlogLimit: 64, backlog: 0, lost: lost(), features: 0 });
  return { status } as unknown as AuditControl;
}

describe("createKernelLossWatch", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("tells what is lost from the start on, each once, also at the end", () => {
    let lost = 100;
    const told: unknown[] = [];
    const watch = createKernelLossWatch(
      controlWith(() => lost),
      (...loss) => told.push(loss),
    );
    watch.start();
    vi.advanceTimersByTime(3000);
    expect(told).toEqual([]);
    lost = 107;
    vi.advanceTimersByTime(3000);
    expect(told).toEqual([["backlog", 7]]);
    // Somebody has reset it.
    lost = 2;
    vi.advanceTimersByTime(1000);
    lost = 5;
    watch.stop();
    watch.stop();
    lost = 50;
    vi.advanceTimersByTime(3000);
    expect(told).toEqual([
      ["backlog", 7],
      ["backlog", 2],
      ["backlog", 3],
    ]);
  });

  test("goes on where the kernel does not answer once, and does nothing where it may not be asked", () => {
    let lost: number | undefined = 3;
    const told: unknown[] = [];
    const control = controlWith(() => {
      if (lost === undefined) throw new Error("no answer");
      return lost;
    });
    const watch = createKernelLossWatch(control, (...loss) => told.push(loss));
    watch.start();
    lost = undefined;
    vi.advanceTimersByTime(2000);
    lost = 4;
    vi.advanceTimersByTime(1000);
    watch.stop();
    const blind = createKernelLossWatch(undefined, (...loss) => told.push(loss));
    blind.start();
    vi.advanceTimersByTime(2000);
    blind.stop();
    expect(told).toEqual([["backlog", 1]]);
  });
});

describe("judgeGap", () => {
  test("a gap without drops is one", () => {
    expect(judgeGap(NO_DROPS, 3, 0)).toEqual({ credit: { datagrams: 0, at: 0 }, unexplained: 3 });
  });

  test("each dropped datagram explains one missing event at most, once", () => {
    const dropped = addDrops(addDrops(NO_DROPS, 4, 1000), 1, 2000);
    const first = judgeGap(dropped, 3, 3000);
    expect(first.unexplained).toBe(0);
    const second = judgeGap(first.credit, 3, 4000);
    expect(second.unexplained).toBe(1);
    expect(judgeGap(second.credit, 2, 4000).unexplained).toBe(2);
  });

  test("what was dropped long ago explains nothing", () => {
    const dropped = addDrops(NO_DROPS, 10, 1000);
    expect(judgeGap(dropped, 2, 100_000).unexplained).toBe(2);
    expect(judgeGap(addDrops(dropped, 1, 100_000), 2, 100_000).unexplained).toBe(1);
  });
});
