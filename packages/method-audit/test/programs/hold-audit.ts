// `node hold-audit.ts KILL-AT [PORT]`: a monitor's rules and settings, without a monitor. Prints {"pid","key"} when all is there, connects to PORT
// of 127.0.0.1, and leaves when its input ends. It kills itself before its call of number KILL-AT to the kernel, if there is one.
import { once } from "node:events";
import { connect } from "node:net";
import { DEFAULT_PROCFS } from "@procmon/core";
import * as native from "@procmon/native";
import type { AuditControl } from "../../src/kernel/audit-control.ts";
import { openAuditControl } from "../../src/kernel/open-audit-control.ts";
import { ACTIVITIES } from "../../src/rules/activities.ts";
import { enterAudit } from "../../src/rules/audit-presence.ts";

const [killAt, port] = process.argv.slice(2).map(Number);
let calls = 0;

function call<T>(work: () => T): T {
  if (++calls === killAt) process.kill(process.pid, "SIGKILL");
  return work();
}

const inner = openAuditControl(native);
const control: AuditControl = {
  ...inner,
  status: () => call(inner.status),
  set: (settings) => call(() => inner.set(settings)),
  rules: () => call(inner.rules),
  addRule: (rule) => call(() => inner.addRule(rule)),
  deleteRule: (rule) => call(() => inner.deleteRule(rule)),
};
const backlogLimit = inner.status().backlogLimit + 64;
const presence = enterAudit(control, { procfs: DEFAULT_PROCFS, activities: ACTIVITIES, enable: true, backlogLimit });
if (port !== undefined) await once(connect(port, "127.0.0.1"), "connect");
console.log(JSON.stringify({ pid: process.pid, key: presence.key }));
await once(process.stdin.resume(), "end");
presence.leave();
process.exit(0);
