import { PF_FORKNOEXEC, type ProcStat, parseStat } from "@procmon/core";
import { describe, expect, it } from "vitest";
import type { HeldEvent } from "./event-window.ts";
import type { ProcCapture } from "./exec-capture.ts";
import { hasRunOn, ownCapture } from "./own-capture.ts";

/** Times are milliseconds. */
const MS = 1_000_000n;

function stat(startStack: bigint, more: Partial<ProcStat> = {}): ProcStat {
  const line = "7 (x) R 1 7 7 0 -1 0 100 0 0 0 5 5 0 0 20 0 1 0 100 0 0 0 1 0 0";
  return { ...(parseStat(Buffer.from(line)) as ProcStat), startCode: startStack === 0n ? 0n : 5n, startStack, ...more };
}

/** As read of the image with this number; 0 is one that is being changed. */
function captured(image: bigint, more?: Partial<ProcStat>): ProcCapture {
  return { exe: `/image/${image}`, args: [`${image}`], stat: stat(image << 32n, more) };
}

function exec(time: number, capturedAt: number, capture?: ProcCapture): HeldEvent {
  const event = { type: "exec", time: BigInt(time) * MS, pid: 7 } as const;
  return { event, receivedAt: event.time, capturedAt: BigInt(capturedAt) * MS, ...(capture ? { capture } : {}) };
}

function other(type: "exit" | "fork", time: number, status = 0): HeldEvent {
  const at = BigInt(time) * MS;
  const event =
    type === "exit"
      ? ({ type, time: at, pid: 7, status } as const)
      : ({ type, time: at, pid: 7, parent: 1, byLeader: true } as const);
  return { event, receivedAt: at, capturedAt: at };
}

const EXIT = other("exit", 90);
const capture = captured(1n);
const first = exec(0, 2, capture);

/** What of the first of these is its own. */
function own(held: HeldEvent, ...later: HeldEvent[]): ProcCapture | undefined | "doubtful" {
  const verdict = ownCapture(held, later);
  return verdict === "doubtful" ? verdict : verdict.own;
}

describe("ownCapture", () => {
  it("is in doubt until something comes", () => {
    expect(own(first)).toBe("doubtful");
    expect(own(first, EXIT)).toBe(capture);
    expect(own(first, other("exit", 90, 9))).toBe(capture);
  });

  it("takes nothing that was read after the next exec", () => {
    expect(own(first, exec(1, 2, captured(2n)), EXIT)).toBeUndefined();
    expect(own(first, exec(1, 2), EXIT)).toBeUndefined();
  });

  it("takes it where the next exec brought another image, however late that is told", () => {
    for (const time of [3, 80]) {
      expect(own(first, exec(time, time, captured(2n)), EXIT)).toBe(capture);
      // The kernel changes the image before it tells: this was the next one's.
      expect(own(first, exec(time, time, captured(1n)), EXIT)).toBeUndefined();
      expect(own(first, exec(time, time), EXIT)).toBeUndefined();
    }
  });

  it("is as sure of one as of the next", () => {
    const second = exec(3, 5, captured(2n));
    expect(own(first, second)).toBe("doubtful");
    expect(own(first, second, exec(4, 5, captured(3n)), EXIT)).toBeUndefined();
    expect(own(first, second, exec(6, 7, captured(3n)), EXIT)).toBe(capture);
    expect(own(first, second, exec(6, 7, captured(2n)), EXIT)).toBeUndefined();
  });

  it("takes nothing of a process in the middle of its next exec", () => {
    expect(own(exec(0, 1, captured(0n)), EXIT)).toBeUndefined();
    // The stack is there first, at another place than in the end.
    expect(own(exec(0, 1, captured(1n, { startCode: 0n })), EXIT)).toBeUndefined();
    const moved = captured(1n, { startStack: (1n << 32n) - 4096n });
    expect(own(first, exec(3, 4, moved), EXIT)).toBeUndefined();
  });

  it("takes nothing of one that was forked and got the same pid", () => {
    expect(own(first, other("exit", 1), other("fork", 2))).toBeUndefined();
    expect(own(exec(0, 1, captured(1n, { flags: PF_FORKNOEXEC })), EXIT)).toBeUndefined();
    expect(own(first, EXIT, other("fork", 91))).toBe(capture);
  });

  it("of a process that ended meanwhile, takes it if it ended by itself", () => {
    for (const zombie of [captured(0n, { state: "Z" }), { exe: "/image", args: ["a"] }]) {
      expect(own(exec(0, 2, zombie), other("exit", 1, 0x300))).toBe(zombie);
      // So ends, too, who fails in the middle of the next exec.
      expect(own(exec(0, 2, zombie), other("exit", 1, 11))).toBeUndefined();
      expect(own(exec(0, 2, zombie))).toBe("doubtful");
    }
  });

  it("does not take the end of the first thread for the end", () => {
    expect(own(exec(0, 5, capture), other("exit", 1), exec(6, 7, captured(2n)), EXIT)).toBeUndefined();
    expect(own(exec(0, 5, capture), other("exit", 1))).toBeUndefined();
  });
});

describe("hasRunOn", () => {
  const before = stat(101n);

  it.each([
    ["waits", { state: "S" }],
    ["has threads", { numThreads: 2 }],
    ["has touched much memory", { minflt: before.minflt + 16 }],
    ["has used the processor", { utime: before.utime + 1, stime: before.stime + 1 }],
  ])("is true for one that %s", (_, change) => {
    expect(hasRunOn(before, { ...before, ...change })).toBe(true);
    expect(hasRunOn(before, { ...before, ...change, startStack: 5n })).toBe(false);
    expect(hasRunOn(before, { ...before, ...change, startTime: 5n })).toBe(false);
  });

  it.each(["R", "D", "t"])("is false for one in the state %s of which nothing else is seen", (state) => {
    expect(hasRunOn(before, { ...before, state, minflt: before.minflt + 3 })).toBe(false);
  });
});
