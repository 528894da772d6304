import { ProcmonError } from "../errors/procmon-error.ts";
import { reasonOf } from "../method/method-error.ts";
import { type MethodSpecifier, specifierName } from "../method/method-specifier.ts";
import type { MethodRun } from "./method-run.ts";
import type { MethodTrial } from "./method-trial.ts";
import type { SkippedMethod } from "./monitor.ts";

/** A method of the line-up runs. */
export interface LineupResult {
  readonly run: MethodRun;
  /** Its place in the line-up. */
  readonly index: number;
  /** Those before it, which do not run. */
  readonly skipped: readonly SkippedMethod[];
  /** The names of all, in order. */
  readonly names: readonly string[];
}

/** No method of the line-up runs. */
export interface LineupFailure {
  readonly run: undefined;
  readonly skipped: readonly SkippedMethod[];
  /** The errors behind `skipped`. */
  readonly errors: readonly unknown[];
}

/**
 * Starts the first method that can run.
 *
 * @throws the reason of the signal, as soon as that is aborted.
 */
export async function startFirst(
  specifiers: readonly MethodSpecifier[],
  trial: MethodTrial,
  signal: AbortSignal,
): Promise<LineupResult | LineupFailure> {
  const names = specifiers.map(specifierName);
  const skipped: SkippedMethod[] = [];
  const errors: unknown[] = [];
  for (const [index, specifier] of specifiers.entries()) {
    try {
      const method = await trial.find(specifier);
      if (typeof specifier === "function") names[index] = method.name;
      const run = await trial.run(method);
      return { run, index, skipped, names };
    } catch (error) {
      signal.throwIfAborted();
      skipped.push(skippedMethod(names[index] ?? "", error));
      errors.push(error);
    }
  }
  return { run: undefined, skipped, errors };
}

function skippedMethod(method: string, error: unknown): SkippedMethod {
  const { code, remedy } = ProcmonError.isInstance(error) ? error : { code: "METHOD_FAILED", remedy: undefined };
  return { method, code, reason: reasonOf(error), ...(remedy === undefined ? {} : { remedy }) };
}

/** The error of a line-up of which nothing runs. */
export function noMethodError(skipped: readonly SkippedMethod[]): ProcmonError {
  const reasons = skipped.map(({ method, reason }) => `${method}: ${reason}`).join(" ");
  return new ProcmonError({
    code: "NO_METHOD",
    message: `None of the methods asked for can run here. ${reasons}`,
    remedy: skipped.find(({ remedy }) => remedy !== undefined)?.remedy,
  });
}
