import { loadAddon } from "../load-addon.ts";
import { callAddon, NativeError } from "../native-error.ts";

/** What fs-verity knows a file's contents by: no checksum of the bytes, but the hash of a description that has the root of a Merkle tree over them. */
export interface VerityDigest {
  /** `sha256`, `sha512`; `alg-<number>` for one that is not known here. */
  readonly algorithm: string;
  /** 32 or 64 bytes; what is said by another than the kernel itself may be anything up to 64. */
  readonly digest: Buffer;
}

/** FS_VERITY_HASH_ALG_* of include/uapi/linux/fsverity.h. */
const ALGORITHMS: Readonly<Record<number, string>> = { 1: "sha256", 2: "sha512" };

/** What is above would be another number for the system call. */
const MAX_DESCRIPTOR = 2 ** 31 - 1;

/**
 * The fs-verity digest of an open file (FS_IOC_MEASURE_VERITY, Linux 5.4; Documentation/filesystems/fsverity.rst), in about a microsecond,
 * whatever the file's size. Undefined where the file has none, or the file system or the kernel has no fs-verity.
 *
 * The kernel's own file systems (ext4, btrfs, f2fs) verify every page they read against it. A FUSE file system only passes the question on, since
 * Linux 6.10: its server may say what it likes, or never answer, and this call blocks. So ask what file system it is before.
 *
 * @param descriptor of a file that is open for reading
 * @throws NativeError `EBADF` for one that is closed, `EINVAL` for what cannot be one, or another errno's name; `NATIVE_UNAVAILABLE`
 */
export function measureVerity(descriptor: number): VerityDigest | undefined {
  if (!Number.isInteger(descriptor) || descriptor < 0 || descriptor > MAX_DESCRIPTOR) {
    throw new NativeError("EINVAL", `No descriptor is ${descriptor}.`);
  }
  const { measureVerity: measure } = loadAddon();
  const measured = callAddon(() => measure(descriptor));
  if (measured === undefined) return undefined;
  const [algorithm, digest] = measured;
  return { algorithm: ALGORITHMS[algorithm] ?? `alg-${algorithm}`, digest };
}
