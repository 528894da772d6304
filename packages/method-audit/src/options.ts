import { ProcmonError } from "@procmon/core";
import { ACTIVITIES, type AuditActivity, DEFAULT_ACTIVITIES } from "./rules/activities.ts";
import type { AuditSourceKind } from "./source/audit-source.ts";

/** Options of {@link auditMethod}. */
export interface AuditMethodOptions {
  /**
   * Where records come from: `multicast` is the kernel's group for all who listen, beside auditd or without it; `plugin` is the socket of auditd's
   * plugin `af_unix`; `unicast` is the socket of the audit daemon itself, where there is no other daemon. `auto` is the first of these that
   * can be had. @default "auto"
   */
  readonly source?: "auto" | AuditSourceKind;
  /** The socket of auditd's plugin `af_unix`. @default "/var/run/audispd_events" */
  readonly pluginSocket?: string;
  /**
   * What the rules of our own make the kernel record; an empty list adds no rule, so that only what rules of others record is seen. Each
   * activity costs the processes that do it: see the README. @default all of {@link DEFAULT_ACTIVITIES}
   */
  readonly activities?: readonly AuditActivity[];
  /**
   * Turn the kernel's auditing on while the method runs, where it is off. Without it the method cannot run there. @default false
   */
  readonly enable?: boolean;
  /** Records that the kernel holds, raised to this while the method runs; 64–1048576. @default what is set */
  readonly backlogLimit?: number;
  /** Bytes of records that the kernel holds for a busy reader; 65536 to 1 GiB. A record takes about 1 kB. @default 64 MiB */
  readonly receiveBufferBytes?: number;
  /** Milliseconds between two deliveries of events, at least; 1–1000. @default 25 */
  readonly intervalMs?: number;
}

/** All options, with their defaults. */
export interface CheckedOptions extends Required<Omit<AuditMethodOptions, "backlogLimit">> {
  readonly backlogLimit: number | undefined;
}

const SOURCES: readonly unknown[] = ["auto", "multicast", "plugin", "unicast"];

/** Fills in the defaults. @throws ProcmonError `INVALID_OPTION` */
export function checkOptions(options: AuditMethodOptions = {}): CheckedOptions {
  const { source = "auto", pluginSocket = "/var/run/audispd_events", activities = DEFAULT_ACTIVITIES } = options;
  const { enable = false, backlogLimit, receiveBufferBytes = 64 * 1024 * 1024, intervalMs = 25 } = options;
  if (!SOURCES.includes(source)) throw invalid("source", source, `Use one of ${SOURCES.join(", ")}.`);
  if (typeof pluginSocket !== "string" || !pluginSocket.startsWith("/") || pluginSocket.includes("\0")) {
    throw invalid("pluginSocket", pluginSocket, "Give the absolute path of a unix socket.");
  }
  if (!Array.isArray(activities) || !activities.every((each) => ACTIVITIES.includes(each))) {
    throw invalid("activities", activities, `Give a list of some of ${ACTIVITIES.join(", ")}.`);
  }
  if (typeof enable !== "boolean") throw invalid("enable", enable, "Give true or false.");
  if (backlogLimit !== undefined) checkRange("backlogLimit", backlogLimit, 64, 1_048_576);
  checkRange("receiveBufferBytes", receiveBufferBytes, 65_536, 1024 * 1024 * 1024);
  checkRange("intervalMs", intervalMs, 1, 1000);
  return { source, pluginSocket, activities, enable, backlogLimit, receiveBufferBytes, intervalMs };
}

function checkRange(name: string, value: unknown, lowest: number, highest: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= lowest && (value as number) <= highest) return;
  throw invalid(name, value, `Give a whole number from ${lowest} to ${highest}.`);
}

function invalid(name: string, value: unknown, remedy: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_OPTION", message: `${name} cannot be ${String(value)}.`, remedy });
}
