import { asProcmonError } from "../method/method-error.ts";
import type { SnapshotOptions } from "../method/monitor-method.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readSnapshot } from "../sockets/read-snapshot.ts";
import type { Snapshot, SocketEntry } from "../sockets/socket-entry.ts";
import type { MethodRun } from "./method-run.ts";

/**
 * All sockets, from the method where it has a way of its own, else read from `/proc`.
 *
 * @throws ProcmonError `METHOD_FAILED`, `PROCFS_UNAVAILABLE`; the reason of the signal when that is aborted.
 */
export async function takeSnapshot(run: MethodRun, procfs: Procfs, options: SnapshotOptions = {}): Promise<Snapshot> {
  options.signal?.throwIfAborted();
  const { method } = run;
  if (method.snapshot === undefined) return { method: method.name, ...readSnapshot(procfs, options) };
  const sockets: SocketEntry[] = [];
  try {
    for await (const socket of method.snapshot(options)) {
      options.signal?.throwIfAborted();
      sockets.push(socket);
    }
    const visibility = method.visibility?.() ?? readSnapshot(procfs, { families: [] }).visibility;
    return { method: method.name, visibility, sockets };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw asProcmonError(error, "METHOD_FAILED", `The method ${method.name} could not list the sockets`);
  }
}
