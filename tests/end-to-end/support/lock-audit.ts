import { type AuditLock, requirement, setAuditSettings, takeAuditLock } from "@procmon-internal/fixtures";
import { afterEach, beforeEach } from "vitest";
import { needs } from "./needs.ts";

/**
 * For a file whose tests change the machine's auditing and run auditd: each of its tests is alone with it, auditing is on, and nothing
 * overflows. The settings are put back.
 */
export function lockAudit(): void {
  let lock: AuditLock | undefined;
  needs("audit", "auditd");
  beforeEach(async () => {
    if (requirement("audit", "auditd") !== undefined) return;
    lock = await takeAuditLock();
    setAuditSettings({ enabled: 1, backlogLimit: 8192 });
  });
  afterEach(() => lock?.release());
}
