import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ProcmonError } from "../errors/procmon-error.ts";
import { checkMethod } from "./check-method.ts";
import { asProcmonError, reasonOf } from "./method-error.ts";
import { type MethodSource, methodSource } from "./method-source.ts";
import { type MethodSpecifier, specifierName } from "./method-specifier.ts";
import type { MonitorMethod } from "./monitor-method.ts";
import { fileKind, findPackage, packageEntry } from "./package-entry.ts";

/** Options of `resolveMethod`. */
export interface ResolveMethodOptions {
  /**
   * The base for relative paths, and the first place whose `node_modules` is searched; the second is this package's own.
   *
   * @default the working directory
   */
  readonly from?: string | undefined;
}

/**
 * Finds a method. A module gives its method, or the factory of it, as its default export; a factory is called without options.
 *
 * @throws ProcmonError `INVALID_OPTION` for what cannot be a name, `METHOD_NOT_INSTALLED` with the command that installs it,
 * `METHOD_INVALID` where a module cannot be loaded or is no method, `METHOD_SPEC_UNSUPPORTED`.
 */
export async function resolveMethod(
  specifier: MethodSpecifier,
  options: ResolveMethodOptions = {},
): Promise<MonitorMethod> {
  if (typeof specifier !== "string") return makeMethod(specifier, `The method ${specifierName(specifier)}`);
  const from = options.from ?? workingDirectory();
  const file = entryOf(specifier, methodSource(specifier, from), from);
  const origin = `The default export of ${specifier}`;
  return makeMethod(await defaultExport(specifier, file), origin);
}

function makeMethod(candidate: unknown, origin: string): MonitorMethod {
  if (typeof candidate !== "function") return checkMethod(candidate, origin);
  let made: unknown;
  try {
    made = candidate();
  } catch (cause) {
    throw asProcmonError(cause, "METHOD_INVALID", `${origin} threw an error`);
  }
  return checkMethod(made, `What ${origin} gave`);
}

function entryOf(specifier: string, source: MethodSource, from: string): string {
  const ownDirectory = dirname(fileURLToPath(import.meta.url));
  if (source.kind === "package") {
    const directory = findPackage(source.name, from) ?? findPackage(source.name, ownDirectory);
    if (directory !== undefined) return packageFile(specifier, directory);
    throw new ProcmonError({
      code: "METHOD_NOT_INSTALLED",
      message: `The method ${specifier} is not installed: there is no package ${source.name}.`,
      remedy: `npm install ${source.name}`,
    });
  }
  const kind = fileKind(source.path);
  if (kind === "directory") return packageFile(specifier, source.path);
  if (kind === "file") return source.path;
  throw new ProcmonError({
    code: "METHOD_NOT_INSTALLED",
    message: `There is no file ${source.path} to load a method from.`,
    remedy: "Check the path; a relative one begins at the working directory, or at the option from.",
  });
}

/** A directory that has been removed has no name: then only this package's own place is left. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

function packageFile(specifier: string, directory: string): string {
  try {
    return packageEntry(directory);
  } catch (cause) {
    throw loadError(specifier, reasonOf(cause), cause);
  }
}

async function defaultExport(specifier: string, file: string): Promise<unknown> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(/* @vite-ignore */ pathToFileURL(file).href);
  } catch (cause) {
    const missing = /^Cannot find (?:package|module) '([^']{1,200})'/.exec(reasonOf(cause))?.[1];
    throw loadError(
      specifier,
      missing === undefined ? reasonOf(cause) : `it needs ${missing}, which is missing`,
      cause,
    );
  }
  const exported = loaded.default;
  if (exported === undefined) throw loadError(specifier, "it has no default export", undefined);
  return isTranspiled(exported) ? exported.default : exported;
}

/** True for the exports of a CommonJS module that was made from an ES module. */
function isTranspiled(exported: unknown): exported is { readonly default: unknown } {
  return typeof exported === "object" && exported !== null && "__esModule" in exported && "default" in exported;
}

function loadError(specifier: string, reason: string, cause: unknown): ProcmonError {
  return new ProcmonError({
    code: "METHOD_INVALID",
    message: `The method ${specifier} cannot be loaded: ${reason}.`,
    remedy: "Install it again, or report this to its author.",
    ...(cause === undefined ? {} : { cause }),
  });
}
