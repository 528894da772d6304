import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

/**
 * The directory of an installed package, as Node.js finds it: in `node_modules` of `from` or of a directory above
 * (nodejs.org/api/esm.html, PACKAGE_RESOLVE).
 */
export function findPackage(name: string, from: string): string | undefined {
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    if (basename(directory) !== "node_modules") {
      const candidate = join(directory, "node_modules", name);
      if (isFile(join(candidate, "package.json"))) return candidate;
    }
    if (dirname(directory) === directory) return undefined;
  }
}

/**
 * The file that `import` of a package runs, with links resolved. Own work, because `import.meta.resolve` takes no other starting point
 * and `require.resolve` does not see packages that are for `import` only.
 *
 * @throws Error where the package cannot be imported, in words for the user.
 */
export function packageEntry(directory: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  if (typeof manifest !== "object" || manifest === null) throw new Error("its package.json holds no object");
  const { exports, main } = manifest as { readonly exports?: unknown; readonly main?: unknown };
  if (exports !== undefined && exports !== null) {
    const target = exportsTarget(mainExport(exports), importConditions());
    if (typeof target !== "string") throw new Error("its package.json exports nothing for import");
    const file = resolve(directory, target);
    if (!target.startsWith("./") || relative(directory, file).split("/").includes("..")) {
      throw new Error("its package.json exports a file outside of the package");
    }
    if (!isFile(file)) throw new Error(`it exports ${target}, which is not there; it may not have been built`);
    return realpathSync(file);
  }
  return legacyEntry(directory, typeof main === "string" ? main : "index.js");
}

function legacyEntry(directory: string, main: string): string {
  const path = join(directory, main);
  const found = [path, `${path}.js`, join(path, "index.js"), join(directory, "index.js")].find(isFile);
  if (found === undefined) throw new Error(`its main file ${main} is not there; it may not have been built`);
  return realpathSync(found);
}

/** What stands for the package itself: the entry `.`, or all, where no entry is a path. */
function mainExport(exports: unknown): unknown {
  const hasPaths = isObject(exports) && Object.keys(exports).some((key) => key.startsWith("."));
  return hasPaths ? exports["."] : exports;
}

/** nodejs.org/api/esm.html, PACKAGE_TARGET_RESOLVE. Undefined where no condition fits, null where it is shut off. */
function exportsTarget(target: unknown, conditions: ReadonlySet<string>): string | null | undefined {
  if (typeof target === "string" || target === null) return target;
  const branches = Array.isArray(target)
    ? target
    : Object.entries(isObject(target) ? target : {}).flatMap(([key, branch]) => (conditions.has(key) ? [branch] : []));
  for (const branch of branches) {
    const found = exportsTarget(branch, conditions);
    if (found !== undefined && !(found === null && Array.isArray(target))) return found;
  }
  return undefined;
}

/** The conditions of this Node.js process: those of every import, and those it was started with (`--conditions`). */
function importConditions(): ReadonlySet<string> {
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)];
  const own = flags.flatMap((flag, index) => {
    if (flag === "-C" || flag === "--conditions") return flags[index + 1] ?? [];
    return flag.startsWith("--conditions=") ? flag.slice("--conditions=".length) : [];
  });
  return new Set(["node", "import", "default", ...own]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFile(path: string): boolean {
  return fileKind(path) === "file";
}

/** What is at this path; undefined for nothing, or nothing that may be looked at. */
export function fileKind(path: string): "file" | "directory" | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return undefined;
    return status.isFile() ? "file" : status.isDirectory() ? "directory" : undefined;
  } catch {
    return undefined;
  }
}
