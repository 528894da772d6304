import { describe, expect, it } from "vitest";
import { createEventWindow, type HeldEvent, HOLD_NS, MARGIN_NS } from "./event-window.ts";

const MS = 1_000_000n;

function held(time: bigint, pid = 7, type: "fork" | "exit" = "fork"): HeldEvent {
  const event =
    type === "fork"
      ? ({ type, time, pid, parent: 1, byLeader: true } as const)
      : ({ type, time, pid, status: 0 } as const);
  return { event, receivedAt: time, capturedAt: time };
}

describe("the window", () => {
  it("puts in order what came in another", () => {
    const window = createEventWindow();
    for (const time of [3n, 1n, 2n, 5n, 4n]) window.push(held(time, Number(time)));
    const times: bigint[] = [];
    for (let next = window.take(0n, true); next; next = window.take(0n, true)) times.push(next.event.time);
    expect(times).toEqual([1n, 2n, 3n, 4n, 5n]);
    expect(window.size).toBe(0);
  });

  it("holds an event back, and no longer than that", () => {
    const window = createEventWindow();
    window.push(held(MS));
    expect(window.due).toBe(MS + HOLD_NS);
    expect(window.take(MS + HOLD_NS - 1n)).toBeUndefined();
    expect(window.take(MS + HOLD_NS)?.event.time).toBe(MS);
    expect(window.of(7)).toEqual([]);
  });

  it("lets one go as soon as something much later has come", () => {
    const window = createEventWindow();
    window.push(held(MS));
    window.push(held(MS + MARGIN_NS, 8));
    expect(window.take(MS)?.event.pid).toBe(7);
    expect(window.take(MS)).toBeUndefined();
  });

  it("waits while the reader is behind: what makes the first doubtful may be in the kernel still", () => {
    const window = createEventWindow();
    window.push({ ...held(MS), receivedAt: 900n * MS, capturedAt: 901n * MS });
    expect(window.take(10_000n * MS)).toBeUndefined();
    window.push(held(905n * MS, 8));
    expect(window.take(906n * MS)?.event.pid).toBe(7);
  });

  it("tells what else happened to a process", () => {
    const window = createEventWindow();
    for (const each of [held(1n), held(2n, 8), held(3n, 7, "exit")]) window.push(each);
    expect(window.take(0n, true)?.event.type).toBe("fork");
    expect(window.of(7).map(({ event }) => event.type)).toEqual(["exit"]);
  });

  it("keeps a doubtful one, and what comes after it", () => {
    let isDoubtful = true;
    const window = createEventWindow(({ event }) => event.pid === 7 && isDoubtful);
    for (const pid of [7, 8]) window.push(held(MS, pid));
    const now = MS + HOLD_NS;
    expect(window.take(now)).toBeUndefined();
    expect(window.due).toBeGreaterThan(now);
    isDoubtful = false;
    expect(window.take(now)?.event.pid).toBe(7);
    expect(window.take(now)?.event.pid).toBe(8);
  });
});
