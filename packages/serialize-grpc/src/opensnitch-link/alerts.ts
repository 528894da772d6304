import type { MonitorEvent, MonitorEventType } from "@procmon/core";
import { Alert_Action, Alert_Type } from "../generated/opensnitch/ui_pb.js";
import { openSnitchAlert } from "../opensnitch/alert.ts";
import { encodeOpenSnitchAlert } from "../opensnitch/messages.ts";

/** The alerts that the UI has not been told of yet. */
export interface Alerts {
  /** Makes an alert of an event of the types that are wanted. Never throws. */
  offer(event: MonitorEvent): void;
  /** The oldest alert that waits, encoded. It stays until `done`. */
  next(): Uint8Array | undefined;
  done(): void;
  /** Forgets all: nobody wants them. */
  clear(): void;
}

/** What alerts are made with. */
export interface AlertsOptions {
  readonly types: readonly MonitorEventType[];
  readonly env: boolean;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number;
}

/** A person reads them: so many at once, and then one each second. */
export const BURST = 20;
const EACH_MS = 1000;
/** Alerts that wait while there is no UI; more than these are told as a number. */
export const WAITING = 100;

/** An alert of a process is as large as its arguments; a larger one is left out. */
const LARGEST = 64 * 1024;

/**
 * Makes a queue without alerts. Those that come too fast, or find no room, are told as a number by an alert of its own.
 */
export function createAlerts({ types, env, now = () => performance.now() }: AlertsOptions): Alerts {
  const wanted = new Set(types);
  const waiting: Uint8Array[] = [];
  let leftOut = 0;
  let tokens = BURST;
  let filledAt = now();

  function mayPass(): boolean {
    const time = now();
    tokens = Math.min(BURST, tokens + (time - filledAt) / EACH_MS);
    filledAt = time;
    if (tokens < 1) return false;
    tokens--;
    return true;
  }

  /** Undefined where a method tells of a process what is of the wrong type. */
  function encode(event: MonitorEvent): Uint8Array | undefined {
    try {
      return openSnitchAlert(event, { env });
    } catch {
      return undefined;
    }
  }

  /** Tells of those left out as soon as it may be told. */
  function tellLeftOut(): void {
    if (leftOut === 0 || waiting.length >= WAITING || !mayPass()) return;
    waiting.push(leftOutAlert(leftOut));
    leftOut = 0;
  }

  return {
    offer(event) {
      if (!wanted.has(event.type)) return;
      tellLeftOut();
      const alert = waiting.length < WAITING && mayPass() ? encode(event) : undefined;
      if (alert === undefined || alert.length > LARGEST) leftOut++;
      else waiting.push(alert);
    },
    next() {
      if (waiting.length === 0) tellLeftOut();
      return waiting[0];
    },
    done() {
      waiting.shift();
    },
    clear() {
      waiting.length = 0;
      leftOut = 0;
    },
  };
}

function leftOutAlert(count: number): Uint8Array {
  const value = `${count} ${count === 1 ? "alert was" : "alerts were"} left out: too many at once, or too large.`;
  return encodeOpenSnitchAlert({
    id: BigInt(Date.now()) * 1_000_000n,
    type: Alert_Type.WARNING,
    action: Alert_Action.SHOW_ALERT,
    data: { case: "text", value },
  });
}
