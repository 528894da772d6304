import type { BigIntStats } from "node:fs";

/** Which file, and which contents of it, as stat(2) tells. With all five known, the same identity means the same bytes. */
export interface FileIdentity {
  /** As `st_dev`. On btrfs, and on an overlay of several file systems, an exec tells that of `/proc/<pid>/mountinfo`, stat(2) another. */
  readonly device: number;
  readonly inode: bigint;
  /** In bytes. */
  readonly size?: bigint;
  /** When the contents last changed, in nanoseconds since the epoch. The file's owner may set it to anything. */
  readonly mtime?: bigint;
  /** When the contents or the inode last changed, in nanoseconds since the epoch. Nobody can set it. */
  readonly ctime?: bigint;
}

/** The identity of a file that was looked at. */
export function fileIdentity({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Required<FileIdentity> {
  // Node.js gives numbers from 2^63 on as negative ones. An overlay of several file systems has such inodes (`xino=on`).
  return { device: Number(dev), inode: BigInt.asUintN(64, ino), size, mtime: mtimeNs, ctime: ctimeNs };
}
