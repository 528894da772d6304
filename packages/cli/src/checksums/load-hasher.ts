import type { Algorithm, Hashing, HashingOptions } from "@procmon/hashing";
import { packageError } from "../package-error.ts";

/**
 * Makes the hasher of the package that computes checksums, which need not be installed.
 *
 * @throws ProcmonError `METHOD_NOT_INSTALLED` with the command that installs it, `PLUGIN_INVALID` where it cannot be loaded,
 * `INVALID_OPTION` for an algorithm that cannot be computed here
 */
export async function loadHasher(algorithms: readonly Algorithm[], limits: HashingOptions = {}): Promise<Hashing> {
  const { hashing } = await import("@procmon/hashing").catch((cause: unknown) => {
    throw packageError(cause, "@procmon/hashing", "Checksums take");
  });
  return hashing({ ...limits, algorithms });
}
