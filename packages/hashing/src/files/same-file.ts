import type { FileIdentity } from "@procmon/core";
import type { Trust } from "./file-target.ts";
import type { KnownFile } from "./opened-file.ts";

/**
 * How far a file's times may be behind the clock: the kernel takes them from its last tick, which is up to 10 ms ago (CONFIG_HZ=100,
 * current_time() of fs/inode.c). What was changed twice within one tick may have the same times before and after.
 */
export const CLOCK_TICK = 10_000_000n;

/**
 * What an opened file is:
 * - `same`: the one that is looked for, with the contents that it had.
 * - `changed`: that one, but its contents are not certain to be the same.
 * - `other`: another one.
 */
export type Likeness = "same" | "changed" | "other";

/** What was found, and what is known of what is looked for. */
export interface Comparison {
  readonly found: KnownFile;
  /** The device of the mount that it was found on, see {@link isSameInode}. */
  readonly mountDevice?: number | undefined;
  readonly expected?: FileIdentity | undefined;
  /** `exe` only while the process is known to live. */
  readonly trust: Trust;
  /** In nanoseconds since the epoch: when it was executed. */
  readonly execTime?: bigint | undefined;
  /** And when not yet. */
  readonly startedAt?: bigint | undefined;
}

/**
 * True if both name one inode. The kernel's own records have the device of the file system (`s_dev` of its super block), which is what
 * mountinfo tells as well. stat(2) tells the same, but for btrfs, where each subvolume has a device of its own, and overlayfs, where each
 * lower layer may have one; the inode's number is the same in both. So either device will do.
 */
export function isSameInode(found: KnownFile, expected: FileIdentity, mountDevice?: number): boolean {
  return found.inode === expected.inode && (found.device === expected.device || mountDevice === expected.device);
}

/**
 * Tells whether a file is the one that a process runs.
 *
 * By the kernel's link of a living process: inode, size and mtime must be the same. The ctime need not: it changes with every name that is
 * given or removed, and the kernel lets nobody write to a file that is executed (ETXTBSY of open(2)). Where the mtime is unknown, it must lie before
 * the execution.
 *
 * By a path all must be the same, and it must not have been changed since it was executed, or so shortly before that its
 * times would not tell.
 */
export function compareFile(comparison: Comparison): Likeness {
  const { found, expected, trust, mountDevice } = comparison;
  if (expected !== undefined) {
    if (!isSameInode(found, expected, mountDevice)) return "other";
    if (differs(found.size, expected.size) || differs(found.mtime, expected.mtime)) return "changed";
    if (trust === "path" && differs(found.ctime, expected.ctime)) return "changed";
  }
  const isUnchanged = trust === "exe" ? isUnwritten(comparison) : isOlder(comparison);
  return isUnchanged ? "same" : "changed";
}

function differs(found: bigint, expected: bigint | undefined): boolean {
  return expected !== undefined && expected !== found;
}

/** What cannot be written to has changed only if its mtime says so; a start time tells nothing, as one process may execute many files. */
function isUnwritten({ found, expected, execTime }: Comparison): boolean {
  return expected?.mtime !== undefined || execTime === undefined || found.mtime <= execTime + CLOCK_TICK;
}

function isOlder({ found, execTime, startedAt }: Comparison): boolean {
  const ranAt = execTime ?? startedAt;
  return ranAt !== undefined && [found.mtime, found.ctime].every((changedAt) => changedAt + CLOCK_TICK <= ranAt);
}
