import { loadAddon } from "../load-addon.ts";
import { callAddon, NativeError } from "../native-error.ts";

/**
 * The id of a tracepoint, as {@link BpfObject.attach} wants it: from the tracefs that is mounted, else from a mount of our own that is in nobody's
 * tree and gone when this returns.
 *
 * @param group for example `syscalls`
 * @param name for example `sys_exit_accept4`
 * @throws NativeError `ENOENT` where the kernel has no such tracepoint; `EACCES` or `EPERM` where it may not be read: a mounted tracefs takes
 * CAP_DAC_READ_SEARCH, one of our own CAP_SYS_ADMIN; `ENODEV` where the kernel has no tracefs; `EINVAL` for what cannot be a name
 */
export function readTracepointId(group: string, name: string): number {
  for (const part of [group, name]) {
    if (!/^\w{1,100}$/.test(part)) throw new NativeError("EINVAL", `No tracepoint is called ${JSON.stringify(part)}.`);
  }
  const { readTracepointId: read } = loadAddon();
  return callAddon(() => read(group, name));
}
