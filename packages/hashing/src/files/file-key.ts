import type { FileIdentity } from "@procmon/core";

/** One text for one content of one file; undefined unless all five are known. */
export function fileKey({ device, inode, size, mtime, ctime }: FileIdentity): string | undefined {
  if (size === undefined || mtime === undefined || ctime === undefined) return undefined;
  return `${device}:${inode}:${size}:${mtime}:${ctime}`;
}
