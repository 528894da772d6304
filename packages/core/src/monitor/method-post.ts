import type { ProcmonError } from "../errors/procmon-error.ts";
import type { MethodChange } from "../event/monitor-event.ts";
import type { MethodSpecifier } from "../method/method-specifier.ts";
import type { EventOverlap } from "./event-overlap.ts";
import type { MethodRun } from "./method-run.ts";
import type { MethodTrial } from "./method-trial.ts";

/** The method that runs, and where it came from. */
export interface MethodPost {
  readonly run: MethodRun;
  readonly specifier: MethodSpecifier;
  /** Its place in the line-up; -1 for one that is not in it. */
  readonly index: number;
  /** On the clock of `performance.now()`; undefined where it was not restarted. */
  readonly restartedAt?: number;
}

/** Tells all readers what happened to the method that runs. */
export type MethodAnnouncer = (
  change: MethodChange,
  method: string,
  details?: { readonly from?: string; readonly reason?: string },
) => void;

/** What starting, switching and recovering work on. Only one of these goes on at a time. */
export interface MethodDuty {
  /** The methods that may run, in order. */
  readonly lineup: readonly MethodSpecifier[];
  readonly trial: MethodTrial;
  readonly announce: MethodAnnouncer;
  /** Aborted, with a `STOPPED` error as its reason, when all is to end. */
  readonly signal: AbortSignal;
  /** Nobody tells any more how the connections end that were open until now. */
  onMethodGone(): void;
  post: MethodPost | undefined;
  /** Why no method runs, where the last one failed. */
  failure: ProcmonError | undefined;
  /** During a switch: what the old method has told. */
  overlap: EventOverlap | undefined;
}
