import type { ConnectEvent, Process } from "@procmon/core";
import { expect, test } from "vitest";
import { someConnect, someProcess, startFakeMonitor } from "./fake-monitor.test-kit.ts";
import { startFakeUi } from "./fake-ui.test-kit.ts";
import { PATIENT, rowsOf, startFastLink } from "./start-link.test-kit.ts";

/** What core lets pass of a stranger's method: it looks at what names a process only. */
const ODD: readonly Record<string, unknown>[] = [
  { args: null },
  { args: [5] },
  { path: 5 },
  { cwd: {} },
  { checksums: { md5: 5 } },
  { uid: "root" },
];

function oddConnect(pid: number, facts: Record<string, unknown>): ConnectEvent {
  return someConnect(pid, { process: someProcess(pid, facts as Partial<Process>) });
}

test("an event that cannot be told costs none of the others, nor the link, and is counted", async () => {
  const [fake, ui] = [await startFakeMonitor(), await startFakeUi()];
  const { link, told } = startFastLink(fake, { address: ui.address, alerts: ["connect"] });
  await expect.poll(() => link.state, PATIENT).toBe("connected");
  const sent = ODD.length + 2;
  fake.host.emit(someConnect(100));
  for (const [index, facts] of ODD.entries()) fake.host.emit(oddConnect(index + 1, facts));
  fake.host.emit(someConnect(101));
  await expect.poll(() => rowsOf(ui).map(({ connection }) => connection?.processId), PATIENT).toContain(101);
  expect(rowsOf(ui).map(({ connection }) => connection?.processId)).toContain(100);
  await expect.poll(() => Number(ui.pings.at(-1)?.stats?.ignored) + rowsOf(ui).length, PATIENT).toBe(sent);
  expect(told).toEqual(["connected"]);
  expect(ui.pings.at(-1)?.stats?.connections).toBe(BigInt(sent));
});
