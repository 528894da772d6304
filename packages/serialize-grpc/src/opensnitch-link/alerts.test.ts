import type { LostEvent } from "@procmon/core";
import { expect, test } from "vitest";
import { decodeOpenSnitchAlert } from "../opensnitch/messages.ts";
import { type Alerts, BURST, createAlerts, WAITING } from "./alerts.ts";
import { someConnect, someProcess } from "./fake-monitor.test-kit.ts";

const loss = (count: number): LostEvent => ({
  type: "lost",
  time: 1n,
  method: "fake",
  source: "ring",
  cause: "full",
  count,
});

function textsOf(alerts: Alerts): unknown[] {
  const texts: unknown[] = [];
  for (let alert = alerts.next(); alert !== undefined; alert = alerts.next()) {
    texts.push(decodeOpenSnitchAlert(alert).data.value);
    alerts.done();
  }
  return texts;
}

test("are of the types that are wanted, and wait until they are done", () => {
  const alerts = createAlerts({ types: ["lost"], env: false });
  alerts.offer(someConnect(1));
  expect(alerts.next()).toBeUndefined();
  alerts.offer(loss(3));
  expect(alerts.next()).toBe(alerts.next());
  expect(textsOf(alerts)).toEqual(["3 events were lost (ring: full)."]);
  alerts.offer(loss(4));
  alerts.clear();
  expect(textsOf(alerts)).toEqual([]);
});

test("that come too fast are told as a number, as soon as there may be one more", () => {
  let ms = 0;
  const alerts = createAlerts({ types: ["lost"], env: false, now: () => ms });
  for (let count = 1; count <= 1000; count++) alerts.offer(loss(count));
  expect(textsOf(alerts)).toHaveLength(BURST);
  ms += 999;
  expect(textsOf(alerts)).toEqual([]);
  ms += 2;
  expect(textsOf(alerts)).toEqual(["980 alerts were left out: too many at once, or too large."]);
  ms += 2000;
  alerts.offer(loss(5));
  expect(textsOf(alerts)).toEqual(["5 events were lost (ring: full)."]);
});

test("that find no room while there is no UI are told as a number when there is one", () => {
  let ms = 0;
  const alerts = createAlerts({ types: ["lost"], env: false, now: () => ms });
  for (let count = 1; count <= 500; count++) {
    alerts.offer(loss(count));
    ms += 60_000;
  }
  const texts = textsOf(alerts);
  expect(texts).toHaveLength(WAITING + 1);
  expect(texts.at(-1)).toBe(`${500 - WAITING} alerts were left out: too many at once, or too large.`);
});

test("that are very large are left out", () => {
  const alerts = createAlerts({ types: ["connect"], env: false });
  alerts.offer(someConnect(1, { process: someProcess(1, { args: ["x".repeat(100_000)] }) }));
  expect(textsOf(alerts)).toEqual(["1 alert was left out: too many at once, or too large."]);
});
