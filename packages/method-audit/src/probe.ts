import { existsSync, readFileSync } from "node:fs";
import { type ProbeCheck, type ProbeReport, type Procfs, ProcmonError, probeReport } from "@procmon/core";
import type { AuditControl } from "./kernel/audit-control.ts";
import type { AuditRule } from "./kernel/audit-rule.ts";
import type { AuditStatus } from "./kernel/audit-status.ts";
import { openAuditControl } from "./kernel/open-audit-control.ts";
import { findNative, type NativeFound } from "./native-access.ts";
import type { CheckedOptions } from "./options.ts";
import { hidingRules } from "./rules/hiding-rules.ts";
import { pidsFault } from "./source/initial-pids.ts";
import { openMulticastSocket } from "./source/multicast-source.ts";
import { notListening } from "./source/plugin-source.ts";
import { refusedBy } from "./source/unicast-source.ts";

/** What was found, and what rules of others hide. */
export interface AuditProbe {
  readonly report: ProbeReport;
  readonly hidden: readonly string[];
}

/** What the kernel's audit system says of itself. */
interface KernelAudit {
  readonly status: AuditStatus;
  readonly rules: readonly AuditRule[];
}

/** Looks whether the method can run here. Nothing is changed: no rule is added, no setting raised. */
export async function probe(procfs: Procfs, options: CheckedOptions): Promise<AuditProbe> {
  const found = await findNative();
  const kernel = askKernel(found);
  const needsKernel = options.activities.length > 0;
  const needsNative = needsKernel || options.source === "multicast" || options.source === "unicast";
  const rules = "status" in kernel ? kernel.rules : [];
  const hidden = hidingRules(rules, options.activities, process.arch);
  const checks = [checkNative(found, needsNative)];
  if (found.native !== undefined) checks.push(checkControl(kernel, needsKernel));
  if ("status" in kernel) {
    checks.push(checkEnabled(kernel.status, options), checkChangeable(kernel.status, needsKernel));
    checks.push(checkHidden(hidden));
  }
  checks.push(checkPids(procfs));
  checks.push(...checkSources(found, kernel, options), checkIoUring(procfs));
  return { report: probeReport(checks), hidden };
}

function askKernel({ native }: NativeFound): KernelAudit | ProcmonError {
  let control: AuditControl | undefined;
  try {
    if (native === undefined) throw new ProcmonError({ code: "METHOD_UNAVAILABLE", message: "" });
    control = openAuditControl(native);
    return { status: control.status(), rules: control.rules() };
  } catch (error) {
    if (!ProcmonError.isInstance(error)) throw error;
    return error;
  } finally {
    control?.close();
  }
}

function checkNative(found: NativeFound, required: boolean): ProbeCheck {
  const check = { name: "native", required };
  if (found.native) return { ...check, result: "available", detail: "@procmon/native runs on this machine." };
  const cost = "Records come from auditd's plugin alone, and no rules can be made.";
  return { ...check, result: "unavailable", detail: found.reason, cost, remedy: found.remedy };
}

function checkControl(kernel: KernelAudit | ProcmonError, required: boolean): ProbeCheck {
  const check = { name: "audit-control", required };
  if ("status" in kernel) {
    return { ...check, result: "available", detail: "Audit rules and settings may be read and changed." };
  }
  const cost = "No rules of our own can be made, and losses of the kernel are not counted.";
  const { message, remedy } = kernel;
  return { ...check, result: "unavailable", detail: message, cost, ...(remedy === undefined ? {} : { remedy }) };
}

function checkEnabled({ enabled }: AuditStatus, { enable, activities }: CheckedOptions): ProbeCheck {
  const check = { name: "audit-enabled", required: activities.length > 0 };
  if (enabled !== 0) return { ...check, result: "available", detail: "The kernel's auditing is on." };
  if (enable) {
    const detail = "The kernel's auditing is off, and is turned on while the method runs.";
    return { ...check, result: "available", detail };
  }
  return {
    ...check,
    result: "unavailable",
    detail: "The kernel's auditing is off.",
    cost: "No process leaves a record.",
    remedy: [
      "Let the method turn it on while it runs: procmon watch --method audit, or the option enable: true.",
      "Or turn it on: auditctl -e 1, or start auditd.",
    ].join("\n"),
  };
}

function checkChangeable({ enabled }: AuditStatus, required: boolean): ProbeCheck {
  const check = { name: "audit-changeable", required };
  if (enabled !== 2) return { ...check, result: "available", detail: "Rules can be added." };
  return {
    ...check,
    result: "unavailable",
    detail: "Audit rules and settings cannot be changed until the machine starts again (auditctl -e 2).",
    cost: "Only what the rules that are there record is seen.",
    remedy:
      "Take -e 2 out of /etc/audit/rules.d and start the machine again; or use the rules that are there (activities: []).",
  };
}

function checkHidden(hidden: readonly string[]): ProbeCheck {
  const check = { name: "audit-rules", required: false };
  if (hidden.length === 0) return { ...check, result: "available", detail: "No rule of others hides anything." };
  return { ...check, result: "unavailable", detail: hidden.join(" "), cost: "What these rules hide is not seen." };
}

function checkPids(procfs: Procfs): ProbeCheck {
  const check = { name: "pid-namespace", required: true };
  const fault = pidsFault(procfs);
  if (fault === undefined) return { ...check, result: "available", detail: "Records tell pids as /proc has them." };
  const { reason, remedy } = fault;
  const cost = "Records would be taken for those of other processes.";
  return { ...check, result: "unavailable", detail: reason, cost, ...(remedy === undefined ? {} : { remedy }) };
}

function checkSources(
  { native }: NativeFound,
  kernel: KernelAudit | ProcmonError,
  options: CheckedOptions,
): readonly ProbeCheck[] {
  const multicast = native === undefined ? undefined : checkMulticast(native);
  const plugin = checkPlugin(options.pluginSocket);
  const unicast = "status" in kernel ? checkUnicast(kernel.status) : undefined;
  const all = [multicast, plugin, unicast].filter((check) => check !== undefined);
  if (options.source !== "auto") {
    const asked = all.filter(({ name }) => name === `source-${options.source}`);
    return asked.map((check) => ({ ...check, required: true }));
  }
  // One is enough: the best one that is there; where there is none, what is wrong with each, the first standing for all.
  const found = all.find(({ result }) => result === "available");
  return found ? [{ ...found, required: true }] : all.map((check, index) => ({ ...check, required: index === 0 }));
}

function checkMulticast(native: NonNullable<NativeFound["native"]>): ProbeCheck {
  const check = { name: "source-multicast", required: false };
  const opened = openMulticastSocket(native, 0);
  if ("socket" in opened) {
    opened.socket.close();
    return { ...check, result: "available", detail: "The kernel sends its records to all who listen." };
  }
  const { reason, remedy } = opened.refusal;
  return {
    ...check,
    result: "unavailable",
    detail: reason,
    cost: "Records have to come from auditd's plugin, or from the daemon's own socket.",
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function checkPlugin(path: string): ProbeCheck {
  const check = { name: "source-plugin", required: false };
  if (existsSync(path)) return { ...check, result: "available", detail: `auditd's plugin af_unix listens at ${path}.` };
  const { reason: detail, remedy } = notListening(path);
  return { ...check, result: "unavailable", detail, cost: "Records have to come from the kernel itself.", remedy };
}

function checkUnicast(status: AuditStatus): ProbeCheck {
  const check = { name: "source-unicast", required: false };
  const refusal = refusedBy(status);
  if (refusal === undefined)
    return { ...check, result: "available", detail: "There is no audit daemon whose place would be taken." };
  const { reason: detail, remedy } = refusal;
  return { ...check, result: "unavailable", detail, cost: "Its place is not taken.", remedy };
}

/** Whether there is a way to connect that leaves no record: `kernel.io_uring_disabled`, Linux 6.6. */
function checkIoUring(procfs: Procfs): ProbeCheck {
  const check = { name: "io-uring", required: false };
  let value = "";
  try {
    value = readFileSync(`${procfs.root}/sys/kernel/io_uring_disabled`, "utf8").trim();
  } catch {
    // An older kernel, which has no such switch.
  }
  if (value === "2") return { ...check, result: "available", detail: "No process may use io_uring." };
  const who = value === "1" ? "Privileged processes" : "Processes";
  return {
    ...check,
    result: "unavailable",
    detail: `${who} may use io_uring, and what they do with it leaves no record.`,
    cost: "Connections that are made that way are found when asked for, and not told as events.",
    remedy: "sysctl kernel.io_uring_disabled=2, where nothing needs it; or the method ebpf, which sees it.",
  };
}
