import type { Procfs } from "../procfs/procfs.ts";
import { readEnviron } from "../procfs/read-environ.ts";
import { fileStat, throughRoot } from "./process-root.ts";

/** Where the AppImage runtime mounts: `/tmp/.mount_` and letters of the file's name, then random ones. */
const MOUNT = "/tmp/.mount_";

/**
 * The AppImage file that an executable was mounted from: the runtime leaves its path in the variable APPIMAGE. The environment is
 * looked at for this one variable only. Undefined for other executables, and where there is no such file.
 */
export function findAppImage(procfs: Procfs, pid: number, path: string): string | undefined {
  if (!path.startsWith(MOUNT)) return undefined;
  const environ = readEnviron(procfs, pid);
  const file = environ.ok ? environ.value.APPIMAGE : undefined;
  if (file === undefined || !file.startsWith("/")) return undefined;
  return fileStat(throughRoot(procfs, pid, file))?.isFile() ? file : undefined;
}
