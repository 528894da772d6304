import { type AuditSettings, auditctl, readAuditSettings } from "@procmon-internal/fixtures";

/** What monitors change of the kernel's audit system, and have to put back. */
export interface AuditState extends AuditSettings {
  /** As auditctl(8) lists them. */
  readonly rules: readonly string[];
}

/** The state of this moment. */
export function readAuditState(): AuditState {
  return { ...readAuditSettings(), rules: auditctl("-l").split("\n").filter(isRule) };
}

/** How many rules a process has made. */
export function rulesOf(pid: number, { rules }: AuditState = readAuditState()): number {
  return rules.filter((rule) => rule.includes(`key=procmon-${pid}-`) || rule.includes(`-k procmon-${pid}-`)).length;
}

function isRule(line: string): boolean {
  return line !== "" && line !== "No rules";
}
