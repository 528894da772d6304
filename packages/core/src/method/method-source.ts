import { isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ProcmonError } from "../errors/procmon-error.ts";

/** Where the module of a method is to be looked for. */
export type MethodSource =
  | { readonly kind: "package"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

/** The methods that Procmon has a package of its own for. */
const OWN_METHODS: ReadonlySet<string> = new Set(["ebpf", "audit", "proc"]);

// The names that npm gives out today (validate-npm-package-name), which are safe in a path.
const BARE_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;
const SCOPED_NAME = /^@[a-z0-9][a-z0-9._-]{0,99}\/[a-z0-9][a-z0-9._-]{0,99}$/;

/**
 * What a name stands for.
 *
 * @param from the directory that relative paths begin at, and do not leave.
 * @throws ProcmonError `INVALID_OPTION` for what is neither a name nor a path.
 */
export function methodSource(specifier: string, from: string): MethodSource {
  if (specifier.includes("\0")) throw invalidName(specifier);
  if (specifier.startsWith("file:")) return { kind: "file", path: pathOfUrl(specifier) };
  if (isAbsolute(specifier)) return { kind: "file", path: resolve(specifier) };
  if (specifier.startsWith("./")) return { kind: "file", path: pathBelow(from, specifier) };
  if (SCOPED_NAME.test(specifier)) return { kind: "package", name: specifier };
  if (!BARE_NAME.test(specifier)) throw invalidName(specifier);
  return { kind: "package", name: packageOf(specifier) };
}

function packageOf(name: string): string {
  if (OWN_METHODS.has(name)) return `@procmon/method-${name}`;
  return name.startsWith("procmon-method-") ? name : `procmon-method-${name}`;
}

function pathOfUrl(specifier: string): string {
  try {
    const path = fileURLToPath(specifier);
    if (!path.includes("\0")) return path;
  } catch {
    // Said below.
  }
  throw invalidName(specifier);
}

function pathBelow(from: string, specifier: string): string {
  const path = resolve(from, specifier);
  const way = relative(from, path);
  if (way === ".." || way.startsWith(`..${sep}`)) throw invalidName(specifier);
  return path;
}

function invalidName(specifier: string): ProcmonError {
  return new ProcmonError({
    code: "INVALID_OPTION",
    message: `${JSON.stringify(specifier.slice(0, 100))} is no name of a method.`,
    remedy: 'Use a short name such as "proc", a package name such as "@scope/name", "./file.js" or an absolute path.',
  });
}
