import { type MonitorMethod, ProcmonError, resolveMethod, type SkippedMethod } from "@procmon/core";
import { METHOD_HOME, toSpecifier } from "../monitor-session.ts";
import { DEFAULT_METHODS } from "../options/methods.ts";
import type { MethodOptions } from "../options/shared-options.ts";

/** The methods that are worth trying, and those that are not. */
export interface CountingMethods {
  /** In the order asked for. */
  readonly method: readonly string[];
  /** Those that the user asked for by name and that do not count. */
  readonly skipped: readonly SkippedMethod[];
}

/** The method, or why there is none. */
async function find(name: string): Promise<MonitorMethod | SkippedMethod> {
  try {
    return await resolveMethod(await toSpecifier(name, true), { from: METHOD_HOME });
  } catch (error) {
    if (!ProcmonError.isInstance(error)) throw error;
    const { code, message, remedy } = error;
    return { method: name, code, reason: message, ...(remedy === undefined ? {} : { remedy }) };
  }
}

/**
 * Leaves out the methods that do not count bytes, so that none of them runs where another could count.
 *
 * @throws ProcmonError `NOT_SUPPORTED`, `NO_METHOD` where none is left that counts; with `strict`, why the first one cannot.
 */
export async function countingMethods(options: MethodOptions): Promise<CountingMethods> {
  const asked = options.method ?? DEFAULT_METHODS;
  const method: string[] = [];
  const skipped: SkippedMethod[] = [];
  let counts = false;
  for (const name of options.strict === true ? asked.slice(0, 1) : asked) {
    const found = await find(name);
    const isThere = "specVersion" in found;
    if (isThere && found.traffic === undefined) {
      skipped.push({ method: found.name, code: "NOT_SUPPORTED", reason: "It does not count bytes." });
      continue;
    }
    counts ||= isThere;
    method.push(name);
    if (!isThere) skipped.push(found);
  }
  if (!counts) throw noneCounts(skipped);
  // Why the others cannot be used is told by the monitor, which tries them.
  const blind = skipped.filter(({ code }) => code === "NOT_SUPPORTED");
  return { method, skipped: options.method === undefined ? [] : blind };
}

function noneCounts(skipped: readonly SkippedMethod[]): ProcmonError {
  const reasons = skipped.map(({ method, reason }) => `${method}: ${reason}`).join(" ");
  return new ProcmonError({
    code: skipped.every(({ code }) => code === "NOT_SUPPORTED") ? "NOT_SUPPORTED" : "NO_METHOD",
    message: `None of the methods asked for can count bytes here. ${reasons}`,
    remedy: skipped.find(({ remedy }) => remedy !== undefined)?.remedy ?? "The method ebpf counts them.",
  });
}
