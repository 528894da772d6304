import { lstatSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProcmonError } from "@procmon/core";

const NAME = "procmon.sock";

/**
 * Where a server listens, and a client looks for it, unless told: of root `/run/procmon/procmon.sock`; else the same in
 * `$XDG_RUNTIME_DIR/procmon`, or in a folder of the user's own below the one for temporary files.
 */
export function defaultAddress(): string {
  return `unix://${join(privateFolder() ?? "/run/procmon", NAME)}`;
}

/** The folder of `defaultAddress` where nobody else may look into it; undefined for root's, which all may see. */
export function privateFolder(): string | undefined {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) return undefined;
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  return runtime?.startsWith("/") ? join(runtime, "procmon") : join(tmpdir(), `procmon-${uid}`);
}

/**
 * Checks that a folder is this user's own and closed to all others. In a folder for temporary files anybody may have made it.
 *
 * @throws ProcmonError `SERVICE_UNAVAILABLE`
 */
export function checkPrivateFolder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return;
  throw new ProcmonError({
    code: "SERVICE_UNAVAILABLE",
    message: `${path} is not a folder that only this user may open.`,
    remedy: `Remove it, make it yours alone (chmod 700), or use another address.`,
  });
}
