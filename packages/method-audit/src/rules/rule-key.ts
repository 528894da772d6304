import type { ProcessIdentity } from "@procmon/core";

/** A monitor, as keys of rules name it. One process may have several: these are numbered from 1. */
export interface AuditMonitor extends ProcessIdentity {
  readonly number: number;
}

/** Audit settings that a monitor raised, each with its value before and since. */
export interface RaisedValues {
  readonly enabled?: Change;
  readonly backlogLimit?: Change;
  /** The process to which records were sent before; 0 for none. */
  readonly daemon: number;
}

/** From what to what. */
export interface Change {
  readonly before: number;
  readonly since: number;
}

/** What a key of ours says. */
export interface ParsedKey {
  readonly monitor: AuditMonitor;
  /** Only in the key of a marker. */
  readonly raised?: RaisedValues;
}

const KEY = /^procmon-([1-9]\d{0,9})-(\d{1,19})(?:\.([1-9]\d{0,5}))?(?:;([a-z_=:;\d]{1,150}))?$/;
const VALUE = /^([a-z_]+)=(\d{1,10})(?::(\d{1,10}))?$/;

/** The key of a monitor's rules: `procmon-<pid>-<start time in ticks>`, and from its process's second monitor on `.<number>`. */
export function ruleKey({ pid, startTime, number }: AuditMonitor): string {
  return `procmon-${pid}-${startTime}${number > 1 ? `.${number}` : ""}`;
}

/** The key of its marker, for example `procmon-1-2;enabled=0:1;backlog_limit=64:8192;daemon=0`: what it raised, from what to what. */
export function markerKey(monitor: AuditMonitor, { enabled, backlogLimit, daemon }: RaisedValues): string {
  return [
    ruleKey(monitor),
    ...(enabled ? [`enabled=${enabled.before}:${enabled.since}`] : []),
    ...(backlogLimit ? [`backlog_limit=${backlogLimit.before}:${backlogLimit.since}`] : []),
    `daemon=${daemon}`,
  ].join(";");
}

/** Undefined for a key that is none of ours. */
export function parseKey(key: string): ParsedKey | undefined {
  const [, pid, startTime, number = "1", values] = KEY.exec(key) ?? [];
  if (pid === undefined || startTime === undefined) return undefined;
  const monitor = { pid: Number(pid), startTime: BigInt(startTime), number: Number(number) };
  if (values === undefined) return { monitor };
  const raised = parseValues(values);
  return raised && { monitor, raised };
}

function parseValues(text: string): RaisedValues | undefined {
  const found = new Map<string, Change>();
  for (const part of text.split(";")) {
    const [, name, before, since = before] = VALUE.exec(part) ?? [];
    if (name === undefined) return undefined;
    found.set(name, { before: Number(before), since: Number(since) });
  }
  const [enabled, backlogLimit] = [found.get("enabled"), found.get("backlog_limit")];
  return {
    ...(enabled ? { enabled } : {}),
    ...(backlogLimit ? { backlogLimit } : {}),
    daemon: found.get("daemon")?.before ?? 0,
  };
}

/** True if both are the same monitor. */
export function isSameMonitor(a: AuditMonitor, b: AuditMonitor): boolean {
  return a.pid === b.pid && a.startTime === b.startTime && a.number === b.number;
}
