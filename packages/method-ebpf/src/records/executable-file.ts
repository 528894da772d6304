import { deviceNumber, type FileIdentity } from "@procmon/core";
import { EXEC } from "./exec-layout.ts";

const SECOND = 1_000_000_000n;

/** Which file a record's process runs, as the kernel has it; undefined where it runs none. The caller has made sure that the bytes are there. */
export function readExecutableFile(view: DataView, offset: number): FileIdentity | undefined {
  const inode = view.getBigUint64(offset + EXEC.inode, true);
  if (inode === 0n) return undefined;
  const kernelDevice = view.getUint32(offset + EXEC.device, true);
  // MKDEV of include/linux/kdev_t.h.
  const device = deviceNumber(kernelDevice >>> 20, kernelDevice & 0xfffff);
  const size = view.getBigUint64(offset + EXEC.file_size, true);
  const changed = view.getBigInt64(offset + EXEC.changed, true);
  // The kernel keeps its times elsewhere.
  if (changed === 0n) return { device, inode, size };
  const modified = view.getBigInt64(offset + EXEC.modified, true);
  return {
    device,
    inode,
    size,
    mtime: modified * SECOND + BigInt(view.getUint32(offset + EXEC.modified_ns, true)),
    ctime: changed * SECOND + BigInt(view.getUint32(offset + EXEC.changed_ns, true)),
  };
}
