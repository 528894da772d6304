import { close, constants, fstat, open } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { fileIdentity, type Procfs } from "@procmon/core";
import type { KnownFile } from "./opened-file.ts";

const openAsync = promisify(open);
const closeAsync = promisify(close);

/** The same on all architectures that Node runs on (asm-generic/fcntl.h); `node:fs` does not tell it. */
const O_PATH = 0o10000000;
const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = constants;

/** Somebody may hold a lease on the file, and gives it back on our first attempt (fcntl(2)). */
const LEASE_WAIT_MS = 50;

/**
 * A descriptor that only names what is there: nothing is opened, whatever it is, so that no pipe waits and no device does anything
 * (open(2), O_PATH). All descriptors are closed on exec, libuv sees to that.
 */
export function openHandle(path: string | Buffer, followLinks: boolean): Promise<number> {
  return openAsync(path, O_PATH | (followLinks ? 0 : O_NOFOLLOW));
}

/** Opens for reading what a handle names, and nothing else. Asks again while `isWanted` where somebody has a lease on it. */
export async function openForReading(procfs: Procfs, handle: number, isWanted: () => boolean): Promise<number> {
  for (;;) {
    try {
      return await openAsync(`${procfs.root}/self/fd/${handle}`, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || !isWanted()) throw error;
    }
    await sleep(LEASE_WAIT_MS);
  }
}

/** The identity of what is open; undefined for what is no regular file. */
export function identify(fd: number): Promise<KnownFile | undefined> {
  return new Promise((resolve, reject) => {
    fstat(fd, { bigint: true }, (error, stats) => {
      if (error) reject(error);
      else resolve(stats.isFile() ? fileIdentity(stats) : undefined);
    });
  });
}

/** Some file systems ask their server first: so this may wait as long as opening. Never rejects. */
export async function closeDescriptor(fd: number): Promise<void> {
  await closeAsync(fd).catch(() => {});
}
