import type { Procfs } from "@procmon/core";
import type { AuditControl } from "../kernel/audit-control.ts";
import { mayLive } from "./monitor-life.ts";
import { monitorsInKernel } from "./monitors-in-kernel.ts";
import type { AuditMonitor } from "./rule-key.ts";
import { settleSettings } from "./settle-settings.ts";

/** What monitors that were killed had left. */
export interface RemovedLeftovers {
  readonly rules: number;
  /** Settings that they had raised were put back. */
  readonly settings: boolean;
}

/**
 * Removes the rules of monitors whose process has ended, and puts their settings back unless another monitor, `self` not counted, runs with these.
 * May itself be killed at any moment: the rest is done the next time.
 */
export function removeLeftovers(control: AuditControl, procfs: Procfs, self?: AuditMonitor): RemovedLeftovers {
  let removed = 0;
  for (const { monitor, rules } of monitorsInKernel(control.rules()).monitors) {
    if (mayLive(procfs, monitor)) continue;
    for (const rule of rules) if (control.deleteRule(rule)) removed++;
  }
  return { rules: removed, settings: settleSettings(control, procfs, self) };
}
