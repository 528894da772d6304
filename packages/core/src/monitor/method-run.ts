import type { MonitorEvent } from "../event/monitor-event.ts";
import { asProcmonError, reasonOf } from "../method/method-error.ts";
import type { MonitorMethod } from "../method/monitor-method.ts";
import { createEventGate } from "./event-gate.ts";
import { createMethodHost, type MethodSurroundings } from "./method-host.ts";
import { settlesWithin } from "./time-limit.ts";

/** How long a method may take to stop, in milliseconds. */
const STOP_LIMIT_MS = 5000;

/** One run of one method, from start to stop. Its events are held back until `open`. */
export interface MethodRun {
  readonly method: MonitorMethod;
  /** @throws ProcmonError why it does not run; it has been stopped then. */
  start(): Promise<void>;
  /** Lets its events through, first those that were held back. */
  open(): void;
  /** Stops the method; what it emits meanwhile still comes through. Never rejects, and gives up after 5 s. Idempotent. */
  stop(): Promise<void>;
}

/** What a run is made with. */
export interface MethodRunOptions {
  readonly surroundings: MethodSurroundings;
  publish(event: MonitorEvent): void;
  /** See `EventGateOptions.isRepeat`. */
  isRepeat?(event: MonitorEvent): boolean;
  /** The method, having started, said that it can go on no more. Called once, and not before `open`. */
  onFailure(cause: unknown): void;
}

/** Makes a run that has not begun. */
export function createMethodRun(method: MonitorMethod, options: MethodRunOptions): MethodRun {
  const { surroundings, publish, isRepeat, onFailure } = options;
  const { log } = surroundings;
  const controller = new AbortController();
  const gate = createEventGate({ publish, ...(isRepeat ? { isRepeat } : {}) });
  let state: "new" | "starting" | "started" | "running" | "failed" | "stopped" = "new";
  /** Why it failed before it was opened: nobody could have put another one in its place. */
  let earlyFailure: { readonly cause: unknown } | undefined;
  let rejectStart: (cause: unknown) => void = () => {};
  let stopping: Promise<void> | undefined;

  const host = createMethodHost(surroundings, {
    method: method.name,
    signal: controller.signal,
    pass: gate.pass,
    fail(cause) {
      if (state === "starting") rejectStart(cause);
      if (state === "starting" || state === "started") earlyFailure ??= { cause };
      if (state !== "running") return;
      state = "failed";
      onFailure(cause);
    },
  });

  async function halt(): Promise<void> {
    state = "stopped";
    controller.abort();
    try {
      const hasStopped = await settlesWithin(STOP_LIMIT_MS, (async () => method.stop())());
      if (!hasStopped)
        log.warn(`The method ${method.name} has not stopped within ${STOP_LIMIT_MS / 1000} s; it is left alone.`);
    } catch (error) {
      log.warn(`The method ${method.name} failed while stopping: ${reasonOf(error)}`, { error });
    }
    gate.close();
  }

  function stop(): Promise<void> {
    stopping ??= halt();
    return stopping;
  }

  return {
    method,
    async start() {
      state = "starting";
      const failure = new Promise<never>((_, reject) => {
        rejectStart = reject;
      });
      try {
        await Promise.race([(async () => method.start(host))(), failure]);
        if (state === "starting") state = "started";
      } catch (error) {
        await stop();
        throw asProcmonError(error, "METHOD_FAILED", `The method ${method.name} could not be started`);
      }
    },
    open() {
      gate.open();
      if (state !== "started") return;
      state = earlyFailure === undefined ? "running" : "failed";
      if (earlyFailure !== undefined) onFailure(earlyFailure.cause);
    },
    stop,
  };
}
