import { expect, test } from "vitest";
import { startFakeMonitor } from "./fake-monitor.test-kit.ts";
import { startFakeUi } from "./fake-ui.test-kit.ts";
import { PATIENT, startFastLink } from "./start-link.test-kit.ts";

const ERROR = 1;

/** A Notification as the UI 1.5 sends it to have a rule deleted (6): its Rule has the name as field 1, where it now is a number. */
const DELETE_RULE = Buffer.from([8, 99, 32, 6, 50, 6, 10, 4, ...Buffer.from("rule")]);

test("a UI passes for one of its own version", async () => {
  for (const [isOld, version] of [
    [true, "1.5.8"],
    [false, "1.6.9"],
  ] as const) {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ isOld })];
    const { link } = startFastLink(fake, { address: ui.address });
    await expect.poll(() => ui.pings[0]?.stats?.daemonVersion, PATIENT).toBe(version);
    // What only finds out the version is no alert that anybody sees.
    expect(ui.alerts).toEqual([]);
    await link.stop();
  }
});

test.each([
  ["1.5 is not told an error that would end it", true, [3n, 6n, 8n]],
  ["1.6 is told each", false, [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]],
])("a UI of version %s", async (_what, isOld, answered) => {
  const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ isOld })];
  startFastLink(fake, { address: ui.address });
  await expect.poll(() => ui.replies.length, PATIENT).toBe(1);
  for (let type = 1; type <= 8; type++) ui.notify({ id: BigInt(type), type });
  await expect.poll(() => ui.replies.at(-1)?.id, PATIENT).toBe(8n);
  expect(ui.replies.slice(1).map(({ id }) => id)).toEqual(answered);
  for (const { code } of ui.replies.slice(1)) expect(code).toBe(ERROR);
});

test("a UI that does not say which one it is is treated with care", async () => {
  const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ hangs: ["PostAlert"] })];
  startFastLink(fake, { address: ui.address });
  await expect.poll(() => ui.replies.length, PATIENT).toBe(1);
  for (const type of [1, 3]) ui.notify({ id: BigInt(type), type });
  await expect.poll(() => ui.replies.slice(1), PATIENT).toMatchObject([{ id: 3n, code: ERROR }]);
});

test("a rule as 1.5 sends it does not spoil its notification", async () => {
  const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ isOld: true })];
  startFastLink(fake, { address: ui.address });
  await expect.poll(() => ui.replies.length, PATIENT).toBe(1);
  ui.notifyBytes(DELETE_RULE);
  await expect.poll(() => ui.replies.at(-1), PATIENT).toMatchObject({ id: 99n, code: ERROR });
});
