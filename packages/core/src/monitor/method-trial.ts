import { ProcmonError } from "../errors/procmon-error.ts";
import { asProcmonError } from "../method/method-error.ts";
import type { MethodSpecifier } from "../method/method-specifier.ts";
import type { MonitorMethod } from "../method/monitor-method.ts";
import type { ProbeReport } from "../method/probe-report.ts";
import { resolveMethod } from "../method/resolve-method.ts";
import { createMethodRun, type MethodRun, type MethodRunOptions } from "./method-run.ts";
import { unlessAborted } from "./time-limit.ts";

/** Finds a method, asks whether it can run, and starts it. */
export interface MethodTrial {
  /** @throws ProcmonError as `resolveMethod`; the reason of the signal. */
  find(specifier: MethodSpecifier): Promise<MonitorMethod>;
  /**
   * The method runs; its events are held back until `open`.
   *
   * @throws ProcmonError `METHOD_UNAVAILABLE`, `METHOD_FAILED`, or what the method itself threw; the reason of the signal.
   */
  run(method: MonitorMethod, isRepeat?: MethodRunOptions["isRepeat"]): Promise<MethodRun>;
}

/** What a trial is made with. */
export interface MethodTrialOptions {
  readonly from: string | undefined;
  /** Breaks off what is going on. */
  readonly signal: AbortSignal;
  readonly runOptions: Omit<MethodRunOptions, "onFailure" | "isRepeat">;
  onFailure(run: MethodRun, cause: unknown): void;
}

/** Makes a trial. */
export function createMethodTrial({ from, signal, runOptions, onFailure }: MethodTrialOptions): MethodTrial {
  const started = new WeakSet<MonitorMethod>();

  return {
    find: (specifier) => unlessAborted(signal, resolveMethod(specifier, { from })),

    async run(method, isRepeat) {
      if (started.has(method)) {
        throw new ProcmonError({
          code: "METHOD_INVALID",
          message: `This object of the method ${method.name} has been started before, and a method starts only once.`,
          remedy: "Hand over its factory instead of the object.",
        });
      }
      await unlessAborted(signal, checkProbe(method));
      started.add(method);
      const run: MethodRun = createMethodRun(method, {
        ...runOptions,
        ...(isRepeat ? { isRepeat } : {}),
        onFailure: (cause) => onFailure(run, cause),
      });
      try {
        await unlessAborted(signal, run.start());
      } catch (error) {
        await run.stop();
        throw error;
      }
      return run;
    },
  };
}

async function checkProbe(method: MonitorMethod): Promise<void> {
  let report: ProbeReport;
  try {
    report = await method.probe();
    if (!Array.isArray(report?.checks)) throw new Error("it gave no list of checks");
  } catch (cause) {
    throw asProcmonError(cause, "METHOD_FAILED", `The probe of the method ${method.name} failed`);
  }
  if (report.result !== "unavailable") return;
  const missing = report.checks.find((check) => check.required && check.result === "unavailable");
  throw new ProcmonError({
    code: "METHOD_UNAVAILABLE",
    message: missing?.detail ?? `The method ${method.name} cannot run here.`,
    remedy: missing?.remedy,
  });
}
