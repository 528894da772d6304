import { ProcmonError } from "@procmon/core";

/**
 * The error of a package that need not be installed and could not be imported: tells one that is missing from one that is broken.
 *
 * @param what begins the sentence "… the package NAME, which is not installed."
 */
export function packageError(cause: unknown, name: string, what: string): ProcmonError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (reason.startsWith(`Cannot find package '${name}'`)) {
    return new ProcmonError({
      code: "METHOD_NOT_INSTALLED",
      message: `${what} the package ${name}, which is not installed.`,
      remedy: `npm install ${name}`,
      cause,
    });
  }
  return new ProcmonError({
    code: "PLUGIN_INVALID",
    message: `The package ${name} cannot be loaded: ${reason}.`,
    remedy: "Install it again.",
    cause,
  });
}
