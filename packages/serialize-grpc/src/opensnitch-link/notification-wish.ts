import { Action } from "../generated/opensnitch/ui_pb.js";
import type { UiNotification } from "./read-notification.ts";

/** What a notification asks for, as far as it is anything that a monitor does. */
export type NotificationWish =
  | { readonly kind: "watch"; readonly pid: number; readonly everyMs: number }
  | { readonly kind: "unwatch"; readonly pid: number }
  | { readonly kind: "unknown-task" }
  | { readonly kind: "other" };

// Before OpenSnitch 1.6 the actions had other numbers.
const OLD_MONITOR_PROCESS = 10;
const OLD_STOP_MONITOR_PROCESS = 11;

/** The task of OpenSnitch's newer versions that is what MONITOR_PROCESS was. */
const PID_MONITOR = "pid-monitor";
/** How often OpenSnitch's daemon tells of a process, and how often it may be asked to. */
const EVERY_MS = 2000;
const OFTENEST_MS = 1000;
const RAREST_MS = 60_000;
const LONGEST_TASK = 4096;

const OTHER: NotificationWish = { kind: "other" };

/**
 * Reads what a notification asks for. Its action has three numberings: up to OpenSnitch 1.5, 10 and 11 ask for a
 * process by its pid; from 1.6 on these are CHANGE_RULE, which comes with rules, and LOG_LEVEL, and 13 and 14 have the
 * pid, or since 1.7 a task as JSON.
 */
export function readWish({ type: action, data, hasRules }: Omit<UiNotification, "id">): NotificationWish {
  const pid = readPid(data);
  if (action === Action.TASK_START || (action === OLD_MONITOR_PROCESS && pid !== undefined && !hasRules)) {
    return pid === undefined ? readTask(data, "watch") : { kind: "watch", pid, everyMs: EVERY_MS };
  }
  if (action === Action.TASK_STOP || (action === OLD_STOP_MONITOR_PROCESS && pid !== undefined)) {
    return pid === undefined ? readTask(data, "unwatch") : { kind: "unwatch", pid };
  }
  return OTHER;
}

/** Such as `{"Name":"pid-monitor","Data":{"pid":"1234","interval":"5s"}}`; Go does not mind the case of the keys. */
function readTask(text: string, kind: "watch" | "unwatch"): NotificationWish {
  const task = fieldsOf(text.length > LONGEST_TASK ? undefined : parse(text));
  const data = fieldsOf(task.get("data"));
  const given = data.get("pid");
  const pid = typeof given === "string" || typeof given === "number" ? readPid(String(given)) : undefined;
  if (task.get("name") !== PID_MONITOR || pid === undefined) return { kind: "unknown-task" };
  return kind === "watch" ? { kind, pid, everyMs: readInterval(data.get("interval")) } : { kind, pid };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Map<string, unknown> {
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]));
}

function readPid(text: string): number | undefined {
  const pid = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return pid >= 1 && pid <= 0x7fff_ffff ? pid : undefined;
}

/** Seconds or milliseconds as Go writes durations; anything else is the usual time. */
function readInterval(value: unknown): number {
  const match = /^(\d{1,9})(ms|s)$/.exec(typeof value === "string" ? value : "");
  if (match === null) return EVERY_MS;
  return Math.min(RAREST_MS, Math.max(OFTENEST_MS, Number(match[1]) * (match[2] === "s" ? 1000 : 1)));
}
