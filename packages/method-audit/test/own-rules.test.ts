import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { promisify } from "node:util";
import { DEFAULT_PROCFS } from "@procmon/core";
import * as native from "@procmon/native";
import { fixturePath, requirement } from "@procmon-internal/fixtures";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditControl, AuditSettings } from "../src/kernel/audit-control.ts";
import { openAuditControl } from "../src/kernel/open-audit-control.ts";
import { enterAudit } from "../src/rules/audit-presence.ts";
import { conventionsOf } from "../src/rules/calling-conventions.ts";
import { inertRule } from "../src/rules/inert-rule.ts";
import { monitorsInKernel } from "../src/rules/monitors-in-kernel.ts";
import { parseKey } from "../src/rules/rule-key.ts";
import { formerSettings } from "../src/rules/settle-settings.ts";
import type { SyscallName } from "../src/syscalls/syscall-numbers.ts";
import { holdAudit } from "./held-audit.ts";

const missing = requirement("cc", "root");
const run = promisify(execFile);

/** More than a monitor makes to begin. */
const CALLS = 48;

let control: AuditControl;

beforeAll(() => {
  if (missing === undefined) control = openAuditControl(native);
});

afterAll(() => {
  control?.close();
});

/** What the children of `connect-storm` do, with the options that make them do it. */
const CALLS_OF = {
  "jobs=1": ["execve", "socket", "connect", "exit_group"],
  udp: ["execve", "socket", "sendto", "exit_group"],
} as const;

function numbersOf(calls: readonly SyscallName[]): (number | undefined)[] {
  return calls.map((call) => conventionsOf(process.arch)[0]?.numbers[call]);
}

/** The numbers of the system calls of a process that were recorded. */
function callsOf(records: readonly string[], pid: number): readonly number[] {
  const own = records.filter((record) => record.includes(` pid=${pid} `));
  return own.map((record) => Number(/ syscall=(\d+) /.exec(record)?.[1]));
}

/** Rules of this key, or of a process where it is a number. */
function rulesOf(whose: string | number): readonly (string | undefined)[] {
  return control
    .rules()
    .map(({ key }) => key)
    .filter((key = "") => (typeof whose === "string" ? key === whose : parseKey(key)?.monitor.pid === whose));
}

/** As they are once all monitors of the machine have left. */
function settings(): AuditSettings {
  const { enabled, backlogLimit, ...others } = control.status();
  const raised = monitorsInKernel(control.rules()).markers.map((marker) => marker.raised);
  const former = formerSettings({ enabled, backlogLimit, ...others }, raised);
  return { backlogLimit, ...(enabled === 0 ? { enabled: 0 } : { enabled: 1 }), ...former };
}

/** Those who come last take away what is left of the killed, markers too. */
function comeAndGo(): void {
  enterAudit(control, { procfs: DEFAULT_PROCFS, activities: ["listen"], enable: true }).leave();
}

describe.skipIf(missing !== undefined)("rules in the kernel", () => {
  it("are made known, do what they say, and go", async () => {
    const server = createServer((socket) => socket.resume().on("error", () => {})).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const records: string[] = [];
    const socket = native.openNetlinkSocket({ protocol: "audit", groups: [1], receiveBufferBytes: 16 << 20 });
    const reader = socket.read({
      onBatch: (batch) =>
        native.forEachDatagram(batch, {
          datagram: ({ payload }) => void records.push(payload.toString("latin1", 16)),
        }),
      onError: () => {},
    });
    try {
      const held = await holdAudit(0, port);
      // The kernel has this rule and a claim; the first rule that holds gives a record its key, which may be another monitor's.
      expect(rulesOf(held.key ?? "").length).toBeGreaterThan(10);
      for (const [how, calls] of Object.entries(CALLS_OF)) {
        const { stdout } = await run(fixturePath("connect-storm"), ["1", String(port), "tell", ...how.split(" ")]);
        const pid = Number(stdout.split(" ")[0]);
        await expect.poll(() => callsOf(records, pid)).toEqual(expect.arrayContaining(numbersOf(calls)));
      }
      await held.end();
      expect(rulesOf(held.key ?? "")).toEqual([]);
      const own = records.filter((record) => record.includes(` pid=${held.pid} `) && record.includes(`"${held.key}"`));
      expect(own).toEqual([]);
    } finally {
      reader.stop();
      socket.close();
      server.close();
    }
  });

  it("may have no system call, and are listed as they were added", () => {
    const rule = inertRule(`procmon-test-${process.pid}`);
    expect(control.addRule(rule)).toBeUndefined();
    expect(control.addRule(rule)).toBe("EEXIST");
    expect(control.rules()).toContainEqual(rule);
    expect(control.deleteRule(rule)).toBe(true);
    expect(control.deleteRule(rule)).toBe(false);
    expect(control.rules()).not.toContainEqual(rule);
  });

  it("are kept apart by their monitors, also in one process", () => {
    const enter = () => enterAudit(control, { procfs: DEFAULT_PROCFS, activities: ["listen"], enable: true });
    const [first, second] = [enter(), enter()];
    expect(first.key).not.toBe(second.key);
    first.leave();
    expect(rulesOf(second.key ?? "").length).toBeGreaterThan(1);
    second.leave();
    expect([...rulesOf(first.key ?? ""), ...rulesOf(second.key ?? "")]).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)("what a killed monitor leaves", () => {
  it("is taken away by the next one, and what a living one has is not", async () => {
    const living = await holdAudit(0);
    const killed = await holdAudit(0);
    const before = rulesOf(living.pid);
    await killed.kill();
    expect(rulesOf(killed.pid).length).toBeGreaterThan(10);
    comeAndGo();
    expect(rulesOf(killed.key ?? "")).toEqual([]);
    expect(rulesOf(living.pid)).toEqual(before);
    await living.end();
    await expectSettled([killed.pid, living.pid]);
  });

  it("is taken away, whatever the moment", async () => {
    const killed: number[] = [];
    const before = settings();
    for (let killAt = 1; killAt <= CALLS; killAt += 3) {
      const held = await holdAudit(killAt);
      await held.kill();
      killed.push(held.pid);
    }
    comeAndGo();
    const left = monitorsInKernel(control.rules()).monitors.map(({ monitor }) => monitor.pid);
    expect(left.filter((pid) => killed.includes(pid))).toEqual([]);
    await expectSettled(killed);
    expect(settings()).toEqual(before);
  });
});

/** Markers stay for as long as any other monitor of the machine runs, so that it is the last one who puts settings back. */
async function expectSettled(pids: readonly number[]): Promise<void> {
  await expect
    .poll(
      () => {
        comeAndGo();
        return pids.flatMap(rulesOf);
      },
      { timeout: 50_000, interval: 100 },
    )
    .toEqual([]);
}
