import { ProcmonError } from "../errors/procmon-error.ts";
import type { MethodSpecifier } from "../method/method-specifier.ts";
import type { Logger } from "../method/monitor-method.ts";
import { DEFAULT_PROCFS, type Procfs } from "../procfs/procfs.ts";
import type { MonitorOptions } from "./monitor.ts";

/** All options with their values. */
export interface MonitorSettings {
  readonly methods: readonly [MethodSpecifier, ...MethodSpecifier[]];
  readonly strict: boolean;
  readonly captureEnv: boolean;
  readonly procfs: Procfs;
  readonly signal: AbortSignal | undefined;
  readonly log: Logger;
  readonly processCapacity: number;
  readonly connectionCapacity: number;
  readonly graceMs: number;
  readonly sweepMs: number;
  readonly from: string | undefined;
}

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The longest time that a timer takes, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Applies the defaults, which stand in the docstrings of `MonitorOptions`.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function monitorSettings(options: MonitorOptions): MonitorSettings {
  if (typeof options !== "object" || options === null) throw invalid("The options must be an object.");
  const { signal, procfs = DEFAULT_PROCFS, log = SILENT, from } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal must be an AbortSignal.");
  if (typeof procfs?.root !== "string") throw invalid("procfs must have a root, a path.");
  if (from !== undefined && (typeof from !== "string" || from === "")) throw invalid("from must be a path.");
  if ((["debug", "info", "warn", "error"] as const).some((level) => typeof log?.[level] !== "function")) {
    throw invalid("log must have the functions debug, info, warn and error.");
  }
  return {
    methods: methodsOf(options.methods ?? ["ebpf", "audit", "proc"]),
    strict: flag("strict", options.strict ?? false),
    captureEnv: flag("captureEnv", options.captureEnv ?? false),
    procfs,
    signal,
    log,
    processCapacity: integer("processCapacity", options.processCapacity ?? 16_384, 1, 2 ** 24),
    connectionCapacity: integer("connectionCapacity", options.connectionCapacity ?? 16_384, 1, 2 ** 24),
    graceMs: integer("graceMs", options.graceMs ?? 10_000, 0, LONGEST_MS),
    sweepMs: integer("sweepMs", options.sweepMs ?? 5000, 1, LONGEST_MS),
    from,
  };
}

function methodsOf(methods: readonly MethodSpecifier[]): MonitorSettings["methods"] {
  const [first, ...others] = Array.isArray(methods) ? methods : [];
  const isSpecifier = (each: unknown) =>
    typeof each === "string" || typeof each === "function" || (typeof each === "object" && each !== null);
  if (first === undefined || ![first, ...others].every(isSpecifier)) {
    throw invalid("methods must be a list of at least one name, method or factory.");
  }
  return [first, ...others];
}

function flag(name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw invalid(`${name} must be true or false.`);
  return value;
}

function integer(name: string, value: unknown, least: number, most: number): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw invalid(`${name} must be an integer from ${least} to ${most}.`);
  }
  return value as number;
}

function invalid(message: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_OPTION", message, remedy: "Leave the option out for its default." });
}
