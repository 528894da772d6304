import type { EmittedEvent } from "../event/monitor-event.ts";
import { isRecord } from "../method/check-method.ts";
import type { Loss } from "../method/monitor-method.ts";

const OWNERSHIP_KINDS: ReadonlySet<unknown> = new Set(["process", "kernel", "none", "hidden"]);

/** True if a method may emit this: what core and every reader rely on is there and of the right type. */
export function isEmittedEvent(value: unknown): value is EmittedEvent {
  if (!isRecord(value) || (value.time !== undefined && typeof value.time !== "bigint")) return false;
  switch (value.type) {
    case "exec":
    case "fork":
    case "exit":
      return isProcess(value.process);
    case "connect":
    case "accept":
    case "listen":
    case "close":
    case "flow":
      return (
        isConnection(value.connection) &&
        isOwnership(value.ownership) &&
        (value.process === undefined || isProcess(value.process))
      );
    default:
      return false;
  }
}

/** True if this tells of a loss in a way that can be counted. */
export function isLoss(value: unknown): value is Loss {
  return (
    isRecord(value) &&
    typeof value.source === "string" &&
    typeof value.cause === "string" &&
    Number.isSafeInteger(value.count) &&
    (value.count as number) > 0
  );
}

/** True for one of the four answers, with the owners that it must have. */
export function isOwnership(value: unknown): boolean {
  if (!isRecord(value) || !OWNERSHIP_KINDS.has(value.kind)) return false;
  if (value.kind !== "process") return true;
  return Array.isArray(value.owners) && value.owners.length > 0 && value.owners.every(isIdentity);
}

function isProcess(value: unknown): boolean {
  return isIdentity(value) && Number.isSafeInteger(value.ppid) && typeof value.comm === "string";
}

/** True if this names a process. */
export function isIdentity(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Number.isSafeInteger(value.pid) && typeof value.startTime === "bigint";
}

/** True if this is a tuple by its types. Its values are unchecked. */
export function isConnection(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.protocol === "string" &&
    typeof value.srcIp === "string" &&
    typeof value.dstIp === "string" &&
    typeof value.srcPort === "number" &&
    typeof value.dstPort === "number"
  );
}
