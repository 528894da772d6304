import type { HasherHost, Process } from "@procmon/core";
import type { ChangeTeller } from "../changes/change-teller.ts";
import { imageKey } from "./image-key.ts";
import type { ProcessHashes } from "./process-hashes.ts";

/** Processes at once whose checksums are computed only because an algorithm was added. */
const AT_ONCE = 4;

/** Tells the monitor of checksums that were not known when a process was told of. */
export interface Announcements {
  /** Finds them, and tells when they are known, or cannot be: once for each executable that a process runs. */
  announce(process: Process, execTime?: bigint): Promise<void>;
  /** The same for all living processes that lack some, few at a time. */
  announceAll(): Promise<void>;
}

/** Makes it. */
export function createAnnouncements(host: HasherHost, hashes: ProcessHashes, changes: ChangeTeller): Announcements {
  const current = new Map<string, Promise<void>>();

  async function findAndTell(process: Process, execTime: bigint | undefined): Promise<void> {
    await hashes.find(process, execTime);
    if (host.signal.aborted) return;
    host.emit({ type: "checksum", process });
    if (execTime !== undefined) changes.note(process, execTime);
  }

  function announce(process: Process, execTime?: bigint): Promise<void> {
    const key = imageKey(process);
    const announced = current.get(key);
    if (announced !== undefined) return announced;
    const started = findAndTell(process, execTime).finally(() => current.delete(key));
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
