import { ProcmonError } from "../errors/procmon-error.ts";
import type { MonitorEvent } from "../event/monitor-event.ts";
import { reasonOf } from "../method/method-error.ts";
import { type MethodSpecifier, specifierName } from "../method/method-specifier.ts";
import { createCallQueue } from "./call-queue.ts";
import type { MethodSurroundings } from "./method-host.ts";
import { noMethodError, startFirst } from "./method-lineup.ts";
import type { MethodAnnouncer, MethodDuty } from "./method-post.ts";
import { recover } from "./method-recovery.ts";
import type { MethodRun } from "./method-run.ts";
import { switchMethod } from "./method-switch.ts";
import { createMethodTrial } from "./method-trial.ts";
import type { StartReport } from "./monitor.ts";

/** Keeps one method running: starts, switches, recoveries and the stop come one after the other. */
export interface MethodSupervisor {
  /** The run that answers; undefined before the start, while a failed method is being replaced, and after the stop. */
  readonly current: MethodRun | undefined;
  /**
   * The run that answers, as soon as a failed one has been replaced.
   *
   * @throws ProcmonError `NOT_STARTED`, `METHOD_FAILED`, `STOPPED`
   */
  ready(): Promise<MethodRun>;
  start(): Promise<StartReport>;
  switchTo(specifier: MethodSpecifier): Promise<StartReport>;
  stop(): Promise<void>;
}

/** What a supervisor is made with. */
export interface MethodSupervisorOptions extends Pick<MethodDuty, "announce" | "signal" | "onMethodGone"> {
  readonly methods: readonly MethodSpecifier[];
  readonly strict: boolean;
  readonly from: string | undefined;
  readonly surroundings: MethodSurroundings;
  readonly announce: MethodAnnouncer;
  publish(event: MonitorEvent): void;
}

/** Makes a supervisor that runs nothing yet. */
export function createMethodSupervisor(options: MethodSupervisorOptions): MethodSupervisor {
  const { strict, from, surroundings, announce, signal, publish, onMethodGone } = options;
  const enqueue = createCallQueue();
  let report: StartReport | undefined;
  let recovery: Promise<void> | undefined;

  const trial = createMethodTrial({
    from,
    signal,
    runOptions: {
      surroundings,
      publish(event) {
        duty.overlap?.note(event);
        publish(event);
      },
    },
    onFailure: replace,
  });
  const lineup = strict ? options.methods.slice(0, 1) : options.methods;
  const duty: MethodDuty = {
    lineup,
    trial,
    announce,
    signal,
    onMethodGone,
    post: undefined,
    failure: undefined,
    overlap: undefined,
  };

  function replace(run: MethodRun, cause: unknown): void {
    const failed = duty.post;
    if (failed?.run !== run) return;
    // From now on lookups wait for the one that takes over.
    duty.post = undefined;
    const current = enqueue(() => recover(duty, failed, cause))
      .catch(() => {})
      .finally(() => {
        if (recovery === current) recovery = undefined;
      });
    recovery = current;
  }

  async function start(): Promise<StartReport> {
    signal.throwIfAborted();
    if (report !== undefined) return report;
    const result = await startFirst(lineup, trial, signal);
    if (result.run === undefined) {
      const [first] = result.errors;
      const error = strict && ProcmonError.isInstance(first) ? first : noMethodError(result.skipped);
      announce("failure", result.skipped[0]?.method ?? "", { reason: reasonOf(error) });
      throw error;
    }
    const { run, index, skipped, names } = result;
    const { name, capabilities } = run.method;
    duty.post = { run, specifier: lineup[index] ?? run.method, index };
    report = { method: name, requested: names, skipped, capabilities };
    for (const { method, reason } of skipped) announce("fallback", name, { from: method, reason });
    announce("start", name);
    run.open();
    return report;
  }

  async function switchTo(specifier: MethodSpecifier): Promise<StartReport> {
    signal.throwIfAborted();
    const { method } = await switchMethod(duty, specifier);
    const requested = [typeof specifier === "function" ? method.name : specifierName(specifier)];
    return { method: method.name, requested, skipped: [], capabilities: method.capabilities };
  }

  async function stop(): Promise<void> {
    const last = duty.post?.run;
    if (last === undefined) return;
    await last.stop();
    duty.post = undefined;
    onMethodGone();
    announce("stop", last.method.name);
  }

  async function ready(): Promise<MethodRun> {
    signal.throwIfAborted();
    if (duty.post !== undefined) return duty.post.run;
    if (recovery !== undefined) {
      await recovery;
      return ready();
    }
    if (duty.failure !== undefined) throw duty.failure;
    throw new ProcmonError({
      code: "NOT_STARTED",
      message: "No method has been started.",
      remedy: "Call start() first, and wait for it.",
    });
  }

  return {
    get current() {
      return signal.aborted ? undefined : duty.post?.run;
    },
    ready,
    start: () => enqueue(start),
    switchTo: (specifier) => enqueue(() => switchTo(specifier)),
    stop: () => enqueue(stop),
  };
}
