import { type Monitor, type Process, ProcmonError, processKey, type SocketOwner } from "@procmon/core";

/** Knows the processes of the last look. */
export interface ProcessNames {
  /** What is known of these owners; nothing of one that has ended before anybody asked. */
  of(owners: readonly SocketOwner[]): Promise<ReadonlyMap<string, Process>>;
}

/** Asks the monitor for each process once, and forgets those that are not asked for any more. By `processKey`. */
export function createProcessNames(monitor: Pick<Monitor, "findProcess">): ProcessNames {
  let known: ReadonlyMap<string, Process> = new Map();
  return {
    async of(owners) {
      const found = new Map<string, Process>();
      for (const owner of owners) {
        const key = processKey(owner);
        const process = known.get(key) ?? (await find(monitor, owner));
        if (process !== undefined) found.set(key, process);
      }
      known = found;
      return found;
    },
  };
}

async function find(monitor: Pick<Monitor, "findProcess">, owner: SocketOwner): Promise<Process | undefined> {
  try {
    const process = await monitor.findProcess(owner.pid);
    return process?.startTime === owner.startTime ? process : undefined;
  } catch (error) {
    // A method of others may say anything.
    if (ProcmonError.isInstance(error) && error.code === "INVALID_PID") return undefined;
    throw error;
  }
}
