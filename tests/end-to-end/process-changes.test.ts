import type { Process } from "@procmon/core";
import { spawnFixture } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { expectConnector } from "./support/connector.ts";
import { recordEvents } from "./support/event-record.ts";
import { needs } from "./support/needs.ts";
import { startMonitor } from "./support/start-monitor.ts";

needs("root", "cc");

test("a process that changes its name and ids is known by the new ones, though nobody asks for it", async () => {
  await using monitor = await startMonitor();
  const record = recordEvents(monitor);
  await using fixture = await spawnFixture("change-identity", []);
  await record.caughtUp();
  const stored = (): Process | undefined => monitor.processes.getByPid(fixture.pid);
  expect(await monitor.findProcess(fixture.pid)).toMatchObject({ comm: "change-identity", uid: 0, gid: 0 });
  const changes = [
    ["comm other name", { comm: "other name" }],
    ["gid 65533", { gid: 65533, gids: { real: 65533, effective: 65533, saved: 65533 } }],
    ["uid 65534", { uid: 65534, uids: { real: 65534, effective: 65534, saved: 65534 } }],
  ] as const;
  for (const [line, facts] of changes) {
    fixture.tell(line);
    await fixture.next();
    await expect.poll(stored).toMatchObject(facts);
    expect(await monitor.findProcess(fixture.pid)).toMatchObject(facts);
  }
  // A change is not another image: no event tells of it.
  await record.caughtUp();
  expect(record.of(fixture.pid).map(({ type }) => type)).toEqual(["fork", "exec"]);
  expectConnector(monitor);
});
