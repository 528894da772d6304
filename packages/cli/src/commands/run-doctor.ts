import {
  type MethodCapabilities,
  type MonitorMethod,
  type ProbeCheck,
  type ProbeReport,
  ProcmonError,
  resolveMethod,
} from "@procmon/core";
import type { CommandContext } from "../command-context.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import { METHOD_HOME, toSpecifier } from "../monitor-session.ts";
import { DEFAULT_METHODS } from "../options/methods.ts";
import type { Palette } from "../output/colour.ts";
import { escapeText } from "../output/escape.ts";
import { formatJson } from "../output/json.ts";
import type { DoctorOptions } from "./doctor.ts";

/** What was found out about one method. */
export interface DiagnosedMethod {
  /** Its name; as it was asked for where it is not installed. */
  readonly method: string;
  readonly installed: boolean;
  /** Why it cannot be used at all, with the code of the error. */
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string };
  readonly capabilities?: MethodCapabilities;
  readonly probe?: ProbeReport;
}

/** What `procmon doctor --json` prints. */
export interface DoctorDocument {
  /** The version of this format. */
  readonly v: 1;
  readonly methods: readonly DiagnosedMethod[];
}

function describeError(error: unknown): { code: string; message: string; remedy?: string } {
  if (!ProcmonError.isInstance(error)) {
    return { code: "METHOD_FAILED", message: error instanceof Error ? error.message : String(error) };
  }
  const { code, message, remedy } = error;
  return { code, message, ...(remedy === undefined ? {} : { remedy }) };
}

async function diagnose(name: string, isAskedFor: boolean): Promise<DiagnosedMethod> {
  let method: MonitorMethod;
  try {
    method = await resolveMethod(await toSpecifier(name, isAskedFor), { from: METHOD_HOME });
  } catch (error) {
    const described = describeError(error);
    if (described.code === "INVALID_OPTION") throw error;
    return { method: name, installed: described.code !== "METHOD_NOT_INSTALLED", error: described };
  }
  const base = { method: method.name, installed: true };
  try {
    const probe = await method.probe();
    // What it can see may depend on what it found.
    return { ...base, probe, capabilities: method.capabilities };
  } catch (error) {
    return { ...base, capabilities: method.capabilities, error: describeError(error) };
  }
}

function mark(result: ProbeCheck["result"], palette: Palette): string {
  if (result === "available") return palette.good("✔");
  return result === "unavailable" ? palette.bad("✘") : palette.warning("?");
}

/** A remedy, in lines of its own where it has several; in short where it has been told before. */
function formatRemedy(remedy: string, told: Set<string>): string {
  if (told.has(remedy)) return "      remedy: the same as above";
  told.add(remedy);
  return `      remedy: ${remedy.split("\n").map(escapeText).join("\n              ")}`;
}

function formatCheck(check: ProbeCheck, told: Set<string>, palette: Palette): string {
  const lines = [`  ${mark(check.result, palette)} ${escapeText(check.name)}: ${escapeText(check.detail)}`];
  if (check.result !== "available") {
    if (check.cost !== undefined) lines.push(`      without it: ${escapeText(check.cost)}`);
    if (check.remedy !== undefined) lines.push(formatRemedy(check.remedy, told));
  }
  return lines.join("\n");
}

const VERDICTS = {
  available: "can run here",
  unavailable: "cannot run here",
  unknown: "may run here; not all could be tested",
};

function formatMethod(diagnosed: DiagnosedMethod, palette: Palette): string {
  const { method, installed, error, probe, capabilities } = diagnosed;
  const name = palette.heading(escapeText(method));
  if (probe === undefined) {
    const why = installed ? `cannot be used: ${escapeText(error?.message ?? "")}` : "is not installed";
    const remedy = error?.remedy === undefined ? "" : `\n${formatRemedy(error.remedy, new Set())}`;
    return `${installed ? palette.bad("✘") : palette.faint("-")} ${name} ${why}${remedy}\n`;
  }
  const lines = [`${mark(probe.result, palette)} ${name} ${VERDICTS[probe.result]}`];
  const told = new Set<string>();
  for (const check of probe.checks) lines.push(formatCheck(check, told, palette));
  const polled = Object.entries(capabilities?.events ?? {}).filter(([, coverage]) => coverage === "polled");
  if (polled.length > 0) lines.push(`  polled: ${polled.map(([type]) => type).join(", ")}`);
  for (const spot of capabilities?.blindSpots ?? []) lines.push(`  cannot see: ${escapeText(spot)}`);
  return `${lines.join("\n")}\n`;
}

/** Runs `procmon doctor`. */
export async function runDoctor(options: DoctorOptions, context: CommandContext): Promise<ExitCode> {
  const methods: DiagnosedMethod[] = [];
  for (const name of options.method ?? DEFAULT_METHODS)
    methods.push(await diagnose(name, options.method !== undefined));
  const document: DoctorDocument = { v: 1, methods };
  const text =
    options.json === true
      ? formatJson(document)
      : methods.map((method) => formatMethod(method, context.palette)).join("\n");
  await context.output.write(text);
  const canRun = methods.some(({ probe }) => probe !== undefined && probe.result !== "unavailable");
  return canRun ? EXIT_CODE.found : EXIT_CODE.methodUnavailable;
}
