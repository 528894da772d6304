import { checkConnection } from "../connection/check-connection.ts";
import type { ConnectionTuple } from "../connection/connection-tuple.ts";
import type { Ownership } from "../connection/ownership.ts";
import { ProcmonError } from "../errors/procmon-error.ts";
import { asProcmonError } from "../method/method-error.ts";
import type { CheckedConnection } from "../method/monitor-method.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readNamespace } from "../procfs/read-namespace.ts";
import { isOwnership } from "./check-event.ts";
import type { MethodRun } from "./method-run.ts";
import type { MethodSupervisor } from "./method-supervisor.ts";
import type { MonitorStats } from "./monitor.ts";

/** Asks the running method. */
export interface OwnerLookup {
  /** See `Monitor.findOwner`. */
  find(connection: ConnectionTuple): Promise<Ownership>;
  stats(): MonitorStats["lookups"];
}

/** Makes a lookup that asks whichever method runs. */
export function createOwnerLookup(supervisor: MethodSupervisor, procfs: Procfs): OwnerLookup {
  const byKind: Record<Ownership["kind"], number> = { process: 0, kernel: 0, none: 0, hidden: 0 };
  let count = 0;
  let ownNetns: number | undefined;

  function check(connection: ConnectionTuple): CheckedConnection {
    // Only setns(2) could change it, and Node.js offers no way to call that.
    if (ownNetns === undefined && connection?.netns === undefined) ownNetns = readOwnNetns(procfs);
    return checkConnection(connection, ownNetns ?? 0);
  }

  function ask(run: MethodRun, connection: CheckedConnection): Promise<Ownership> {
    const take = (ownership: Ownership): Ownership => {
      if (!isOwnership(ownership)) throw unanswered(run, new Error("it gave no ownership"));
      count++;
      byKind[ownership.kind]++;
      return ownership;
    };
    const retry = (error: unknown): Promise<Ownership> => {
      // The method was stopped under the question: whoever runs now answers it.
      if (supervisor.current !== run) return supervisor.ready().then((other) => ask(other, connection));
      return Promise.reject(unanswered(run, error));
    };
    try {
      return Promise.resolve(run.method.findOwner(connection)).then(take, retry);
    } catch (error) {
      return retry(error);
    }
  }

  return {
    // Not an async function: a lookup that is answered from memory is worth every promise that is not made.
    find(connection) {
      let checked: CheckedConnection;
      try {
        checked = check(connection);
      } catch (error) {
        return Promise.reject(error);
      }
      const run = supervisor.current;
      return run === undefined ? supervisor.ready().then((other) => ask(other, checked)) : ask(run, checked);
    },
    stats: () => ({ count, byKind: { ...byKind } }),
  };
}

function unanswered(run: MethodRun, error: unknown): ProcmonError {
  return asProcmonError(error, "METHOD_FAILED", `The method ${run.method.name} could not look up the owner`);
}

/** @throws ProcmonError `PROCFS_UNAVAILABLE` */
function readOwnNetns(procfs: Procfs): number {
  const netns = readNamespace(procfs, "self", "net");
  if (netns.ok) return netns.value;
  throw new ProcmonError({
    code: "PROCFS_UNAVAILABLE",
    message: `The network namespace of this process cannot be read from ${procfs.root}/self/ns/net.`,
    remedy: "Mount a procfs there, or set netns in the connection.",
  });
}
