import { ProcmonError } from "@procmon/core";
import type { Algorithm, Hashing, HashingOptions } from "@procmon/hashing";

const PACKAGE = "@procmon/hashing";

/**
 * Makes the hasher of the package that computes checksums, which need not be installed.
 *
 * @throws ProcmonError `METHOD_NOT_INSTALLED` with the command that installs it, `PLUGIN_INVALID` where it cannot be loaded,
 * `INVALID_OPTION` for an algorithm that cannot be computed here
 */
export async function loadHasher(algorithms: readonly Algorithm[], limits: HashingOptions = {}): Promise<Hashing> {
  const { hashing } = await import("@procmon/hashing").catch((cause: unknown) => {
    throw loadError(cause);
  });
  return hashing({ ...limits, algorithms });
}

/** Tells a package that is missing from one that is broken. */
export function loadError(cause: unknown): ProcmonError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (reason.startsWith(`Cannot find package '${PACKAGE}'`)) {
    return new ProcmonError({
      code: "METHOD_NOT_INSTALLED",
      message: `Checksums take the package ${PACKAGE}, which is not installed.`,
      remedy: `npm install ${PACKAGE}`,
      cause,
    });
  }
  return new ProcmonError({
    code: "PLUGIN_INVALID",
    message: `The package ${PACKAGE} cannot be loaded: ${reason}.`,
    remedy: "Install it again.",
    cause,
  });
}
