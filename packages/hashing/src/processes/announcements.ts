import type { HasherHost, Process } from "@procmon/core";
import type { ProcessHashes } from "./process-hashes.ts";

/** Processes at once whose checksums are computed only because an algorithm was added. */
const AT_ONCE = 4;
/** Processes at once that something is found out about. */
const CAPACITY = 4096;

/** Tells the monitor of checksums that were not known when a process was told of. */
export interface Announcements {
  /**
   * Finds them, and tells when they are known, or cannot be: once for each executable that a process runs. Never rejects. Undefined, and
   * nothing is done, while it is about too many already.
   */
  announce(process: Process, execTime?: bigint): Promise<void> | undefined;
  /** The same for all living processes that lack some, few at a time. Never rejects. */
  announceAll(): Promise<void>;
}

/** Makes it. */
export function createAnnouncements(
  host: HasherHost,
  hashes: ProcessHashes,
  capacity: number = CAPACITY,
): Announcements {
  const current = new Map<string, Promise<void>>();

  async function findAndTell(process: Process, key: string, execTime: bigint | undefined): Promise<void> {
    try {
      await hashes.find(process, execTime);
      // Before it is told: what is pending again by then is another one.
      current.delete(key);
      if (!host.signal.aborted) host.emit({ type: "checksum", process });
    } catch (error) {
      current.delete(key);
      host.log.warn("A checksum could not be told.", { pid: process.pid, error });
    }
  }

  function announce(process: Process, execTime?: bigint): Promise<void> | undefined {
    const key = hashes.key(process, execTime);
    const announced = current.get(key);
    if (announced !== undefined || current.size >= capacity) return announced;
    const started = findAndTell(process, key, execTime);
    current.set(key, started);
    return started;
  }

  return {
    announce,
    async announceAll() {
      const { processes, signal } = host;
      const waiting = processes.values();
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (const process of waiting) {
            if (signal.aborted) return;
            if (!processes.isEnded(process) && hashes.known(process)?.status === "pending") await announce(process);
          }
        }),
      );
    },
  };
}
