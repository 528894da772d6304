import fc from "fast-check";
import { expect, test } from "vitest";
import { type NotificationWish, readWish } from "./notification-wish.ts";

const wish = (type: number, data: string, hasRules = false): NotificationWish => readWish({ type, data, hasRules });

const watch = (everyMs: number): NotificationWish => ({ kind: "watch", pid: 42, everyMs });
const UNWATCH: NotificationWish = { kind: "unwatch", pid: 42 };

test("a process is asked for in three ways", () => {
  expect(wish(10, "42")).toEqual(watch(2000));
  expect(wish(13, "42")).toEqual(watch(2000));
  expect(wish(13, '{"Name":"pid-monitor","Data":{"pid":"42","interval":"5s"}}')).toEqual(watch(5000));
  expect(wish(13, '{"name":"pid-monitor","data":{"Pid":42}}')).toEqual(watch(2000));
  expect([wish(11, "42"), wish(14, "42"), wish(14, '{"Name":"pid-monitor","Data":{"pid":"42"}}')]).toEqual([
    UNWATCH,
    UNWATCH,
    UNWATCH,
  ]);
});

test("no more often than once a second, and at least once a minute", () => {
  const every = (interval: unknown) => wish(13, JSON.stringify({ Name: "pid-monitor", Data: { pid: "42", interval } }));
  expect(every("1ms")).toEqual(watch(1000));
  expect(every("1500ms")).toEqual(watch(1500));
  expect(every("999999s")).toEqual(watch(60_000));
  for (const none of ["", "5", "5m", "-5s", null, {}, `${"9".repeat(400)}s`]) expect(every(none)).toEqual(watch(2000));
});

test("a rule is no process, and other tasks are not known", () => {
  expect(wish(10, "42", true)).toEqual({ kind: "other" });
  for (const data of [
    "",
    "0",
    "-1",
    "1.5",
    "4294967296",
    "99999999999",
    "self",
    "{}",
    "[]",
    "null",
    '{"Name":"node-monitor"}',
  ]) {
    expect(wish(13, data)).toEqual({ kind: "unknown-task" });
    expect(wish(10, data)).toEqual({ kind: "other" });
  }
  expect(wish(13, JSON.stringify({ Name: "pid-monitor", Data: { pid: "42" }, more: "x".repeat(5000) }))).toEqual({
    kind: "unknown-task",
  });
});

test("anything has an answer", () => {
  fc.assert(
    fc.property(fc.integer({ min: -5, max: 40 }), fc.oneof(fc.string(), fc.json()), (type, data) => {
      expect(["watch", "unwatch", "unknown-task", "other"]).toContain(wish(type, data).kind);
    }),
  );
});
