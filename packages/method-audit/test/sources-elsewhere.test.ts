import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  type AuditLock,
  auditctl,
  fixturePath,
  requirement,
  setAuditSettings,
  takeAuditLock,
} from "@procmon-internal/fixtures";
import { afterEach, test as base, beforeEach, expect } from "vitest";

const missing = requirement("auditd", "namespaces", "other-users");
const test = base.skipIf(missing !== undefined);
let lock: AuditLock | undefined;

beforeEach(async () => {
  if (missing !== undefined) return;
  lock = await takeAuditLock();
  setAuditSettings({ enabled: 1 });
});
afterEach(() => lock?.release());

/** setpriv(1): somebody who is not root, with these capabilities and no others. */
function nobodyWith(...capabilities: readonly string[]): readonly string[] {
  const given = ["-all", ...capabilities.map((name) => `+${name}`)].join();
  const user = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
  return ["setpriv", ...user, `--inh-caps=${given}`, `--ambient-caps=${given}`, `--bounding-set=${given}`];
}

/** Runs the program in other circumstances. Gives what it says first, and what it heard of a message that was sent then. */
async function hear(before: readonly string[], source: string): Promise<readonly string[]> {
  const program = [process.execPath, "--no-warnings", "--conditions=@procmon/source"];
  const command = [...before, ...program, join(import.meta.dirname, "programs/hear-records.ts"), source];
  const child = spawn(command[0] as string, command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => {});
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const said = [(await lines.next()).value ?? ""];
  if (said[0]?.startsWith("ready")) {
    auditctl("-m", "hello");
    said.push((await lines.next()).value ?? "");
  }
  const exited = once(child, "exit");
  child.stdin.end();
  await exited;
  return said;
}

test("in another network namespace, records come by way of the machine's own", async () => {
  expect(await hear([fixturePath("enter"), "net"], "multicast")).toEqual(["ready multicast", "hello"]);
});

test.for([["audit_read"], ["audit_read", "sys_ptrace"]])(
  "in another network namespace that cannot be left, it says so: %j",
  async (capabilities) => {
    const before = [fixturePath("enter"), "net", ...nobodyWith(...capabilities)];
    expect(await hear(before, "multicast")).toEqual([
      "This process is in a network namespace of its own, to which the kernel sends no audit records.",
    ]);
  },
);

test("in another pid namespace too, whose first process is not the machine's", async () => {
  const before = [fixturePath("enter"), "net,mount,pid,proc"];
  expect(await hear(before, "multicast")).toEqual([
    "This process is in a network namespace of its own, to which the kernel sends no audit records.",
  ]);
});

test("CAP_AUDIT_READ is enough", async () => {
  expect(await hear(nobodyWith("audit_read"), "auto")).toEqual(["ready multicast", "hello"]);
});

test("without any capability each source says what is in its way", async () => {
  expect(await hear(nobodyWith(), "multicast")).toEqual([
    "Audit records may be read only with CAP_AUDIT_READ, which this process does not have.",
  ]);
  const [said] = await hear(nobodyWith(), "auto");
  expect(said).toMatch(/multicast: .*CAP_AUDIT_READ.* plugin: .* unicast: .*CAP_AUDIT_CONTROL/);
});
