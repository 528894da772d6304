import { decodeBytes } from "../text/decode-bytes.ts";

/** One range of a process's memory: a line of `/proc/<pid>/maps` (proc_pid_maps(5)). */
export interface MemoryMapping {
  /** First address. */
  readonly start: bigint;
  /** The address after the last. */
  readonly end: bigint;
  /** Such as `r-xp`: read, write, execute, private or shared. */
  readonly permissions: string;
  /** Where in the file it begins, in bytes. */
  readonly offset: bigint;
  /** `major:minor` in hexadecimal, as the kernel has it; `00:00` without a file. */
  readonly device: string;
  /** 0 without a file. */
  readonly inode: bigint;
  /** A file, with the kernel's ` (deleted)` where it was removed, or a word such as `[heap]`. Empty for anonymous memory. */
  readonly path: string;
}

const LINE =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][ps]) ([0-9a-f]{1,16}) ([0-9a-f]{2,8}:[0-9a-f]{2,8}) (\d{1,20}) *(.*)$/s;

/** Parses `/proc/<pid>/maps`. Lines that are none are left out. */
export function parseMaps(bytes: Buffer): MemoryMapping[] {
  const mappings: MemoryMapping[] = [];
  for (const line of decodeBytes(bytes).split("\n")) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, start, end, permissions, offset, device, inode, path] = match;
    mappings.push({
      start: BigInt(`0x${start}`),
      end: BigInt(`0x${end}`),
      permissions: permissions ?? "",
      offset: BigInt(`0x${offset}`),
      device: device ?? "",
      inode: BigInt(inode ?? 0),
      // The kernel escapes newlines, and nothing else, in this file.
      path: (path ?? "").replaceAll("\\012", "\n"),
    });
  }
  return mappings;
}
