import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createKeptSource, type OnBroken, type OpenedSource } from "./kept-source.ts";
import { createHeardSink } from "./source.test-kit.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A source whose openings give this, one after the other; the last for ever. */
function setUp(...outcomes: readonly (OpenedSource | Error | "open")[]) {
  const heard = createHeardSink();
  const opened: OnBroken[] = [];
  const closed: number[] = [];
  const source = createKeptSource({
    kind: "plugin",
    sink: heard,
    stats: () => ({ records: 3 }),
    async open(onBroken) {
      const index = opened.push(onBroken) - 1;
      const outcome = outcomes[Math.min(index, outcomes.length - 1)];
      if (outcome instanceof Error) throw outcome;
      if (outcome !== "open" && outcome !== undefined) return outcome;
      return { session: { close: async () => void closed.push(index) } };
    },
  });
  return { heard, opened, closed, source };
}

const refused: OpenedSource = { refusal: { reason: "Not yet." } };

test("is opened again, later and later, until it is there", async () => {
  const { heard, opened, closed, source } = setUp("open", refused, refused, new Error("no"), "open");
  await source.start();
  opened[0]?.("It broke.");
  opened[0]?.("It broke twice.");
  for (const ms of [100, 200, 400]) await vi.advanceTimersByTimeAsync(ms);
  expect(heard.words).toEqual(["down: It broke."]);
  expect([opened.length, closed]).toEqual([4, [0]]);
  await vi.advanceTimersByTimeAsync(799);
  expect(opened).toHaveLength(4);
  await vi.advanceTimersByTimeAsync(1);
  expect(heard.words).toEqual(["down: It broke.", "up"]);
  expect(source.stats()).toEqual({ records: 3, restored: 1 });
  // What an old session says is of no account any more.
  opened[0]?.("It broke again.");
  await source.stop();
  expect(closed).toEqual([0, 4]);
  expect(heard.words).toHaveLength(2);
});

test("one that lasts begins anew with short waits, and patience is kept", async () => {
  const { heard, opened, source } = setUp("open");
  await source.start();
  for (let round = 0; round < 3; round++) {
    await vi.advanceTimersByTimeAsync(11_000);
    opened.at(-1)?.("It broke.");
    await vi.advanceTimersByTimeAsync(100);
    expect(heard.words.at(-1)).toBe("up");
  }
  await vi.advanceTimersByTimeAsync(11_000);
  opened.at(-1)?.("Another wants it.", 5000);
  await vi.advanceTimersByTimeAsync(4999);
  expect(heard.words.at(-1)).toBe("down: Another wants it.");
  await vi.advanceTimersByTimeAsync(1);
  expect(heard.words.at(-1)).toBe("up");
  await source.stop();
});

test("fails where trying again is of no use", async () => {
  const { heard, opened, source } = setUp("open", { refusal: { reason: "Never.", isFinal: true } });
  await source.start();
  opened[0]?.("It broke.");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(heard.words).toEqual(["down: It broke.", expect.stringContaining("Never.")]);
  expect(opened).toHaveLength(2);
  await source.stop();
});

test("does not start where it is refused, or breaks at once", async () => {
  await expect(setUp(refused).source.start()).rejects.toMatchObject({
    code: "METHOD_UNAVAILABLE",
    message: "Not yet.",
  });
  await expect(setUp(new Error("no")).source.start()).rejects.toMatchObject({ message: "no" });
  const closed: string[] = [];
  const source = createKeptSource({
    kind: "plugin",
    sink: createHeardSink(),
    stats: () => ({}),
    async open(onBroken) {
      onBroken("Gone.");
      return { session: { close: async () => void closed.push("closed") } };
    },
  });
  await expect(source.start()).rejects.toMatchObject({ message: "Gone." });
  expect(closed).toEqual(["closed"]);
});

test("is closed where it is stopped while it opens", async () => {
  const { closed, source } = setUp("open");
  const starting = source.start().catch((error: unknown) => error);
  await source.stop();
  expect(await starting).toMatchObject({ message: "It was stopped." });
  expect(closed).toEqual([0]);
});
