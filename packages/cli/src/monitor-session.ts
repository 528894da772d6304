import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createMonitor, type MethodSpecifier, type Monitor, type StartReport } from "@procmon/core";
import type { AuditMethodOptions } from "@procmon/method-audit";
import { procMethod } from "@procmon/method-proc";
import { DEFAULT_METHODS } from "./options/methods.ts";
import type { MethodOptions } from "./options/shared-options.ts";
import { keepHeapSmall } from "./small-heap.ts";

/** A monitor that runs. */
export interface MonitorSession {
  readonly monitor: Monitor;
  readonly report: StartReport;
}

/** How to make the monitor of a command. */
export interface SessionOptions extends MethodOptions {
  /** True for a command that looks once: method-proc then does without its worker thread. */
  readonly once: boolean;
  readonly captureEnv?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Where packages of methods are searched: beside this command, never in the working directory. The command
 * often runs as root, and must not load code from whatever folder it is called in.
 */
export const METHOD_HOME: string = fileURLToPath(new URL(".", import.meta.url));

/**
 * What a word after `--method` means: relative paths start at the working directory.
 *
 * @param isAskedFor false where the user named no method. Who names `audit` wants the kernel's auditing on, which nobody turns on unasked.
 */
export async function toSpecifier(name: string, isAskedFor: boolean): Promise<MethodSpecifier> {
  if (name === "proc") return procMethod();
  if (name === "audit" && isAskedFor) return (await auditMethodWith({ enable: true })) ?? name;
  if (name.startsWith("./") || name.startsWith("../")) return resolve(name);
  return isAbsolute(name) ? resolve(name) : name;
}

/** The same for a command that looks once, and needs no events: such a method starts in a fraction of the time, and changes nothing. */
async function toBriefSpecifier(name: string, isAskedFor: boolean): Promise<MethodSpecifier> {
  if (name === "proc") return procMethod({ worker: false, processEvents: "poll" });
  if (name === "audit") return (await auditMethodWith({ activities: [] })) ?? name;
  if (name !== "ebpf") return toSpecifier(name, isAskedFor);
  try {
    const { ebpfMethod } = await import("@procmon/method-ebpf");
    return ebpfMethod({ events: false });
  } catch {
    // Core tells what is wrong, and what would help.
    return name;
  }
}

/** Undefined where the package is not installed, or cannot be loaded: of that, too, core tells. */
async function auditMethodWith(options: AuditMethodOptions): Promise<MethodSpecifier | undefined> {
  try {
    const { auditMethod } = await import("@procmon/method-audit");
    return auditMethod(options);
  } catch {
    return undefined;
  }
}

/** Makes a monitor that has not been started. */
export async function createSessionMonitor(options: SessionOptions): Promise<Monitor> {
  if (options.once) keepHeapSmall();
  const { method, strict = false, once, captureEnv = false, signal } = options;
  const isAskedFor = method !== undefined;
  const specify = once ? toBriefSpecifier : toSpecifier;
  return createMonitor({
    methods: await Promise.all((method ?? DEFAULT_METHODS).map((name) => specify(name, isAskedFor))),
    strict,
    captureEnv,
    from: METHOD_HOME,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Makes a monitor and starts it. @throws ProcmonError where no method can run */
export async function openSession(options: SessionOptions): Promise<MonitorSession> {
  const monitor = await createSessionMonitor(options);
  return { monitor, report: await monitor.start() };
}
