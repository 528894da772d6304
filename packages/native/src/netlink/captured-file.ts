import type { Capture } from "./datagram-batch.ts";

/** Which file a process had at a name, for example at `exe`, when a datagram about it arrived, and which contents of it. */
export interface CapturedFile {
  /** `st_dev` of stat(2), as Node.js gives it. */
  readonly device: number;
  readonly inode: bigint;
  readonly size: bigint;
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint;
  /** Nanoseconds since the epoch. */
  readonly ctime: bigint;
}

/** `struct CapturedFile` of `addon/captured_file.h`. */
const BYTES = 40;

/** Reads a capture of the kind `identity`. Undefined where there is none; `error` of the capture says why, `ENOSYS` before Linux 4.11. */
export function parseCapturedFile(capture: Capture): CapturedFile | undefined {
  const { bytes, error } = capture;
  if (error !== 0 || bytes.length !== BYTES) return undefined;
  return {
    device: deviceNumber(bytes.readUInt32LE(0), bytes.readUInt32LE(4)),
    inode: bytes.readBigUInt64LE(8),
    size: bytes.readBigUInt64LE(16),
    mtime: bytes.readBigInt64LE(24),
    ctime: bytes.readBigInt64LE(32),
  };
}

/** makedev(3) for the kernel's numbers: 12 bits of major, 20 of minor. */
function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor & 0xfff00) * 0x1000;
}
