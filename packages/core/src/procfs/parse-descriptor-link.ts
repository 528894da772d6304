/**
 * What a descriptor is:
 * - `socket`, `pipe`: these have an inode number.
 * - `file`, `directory`, `fifo`, `device`: they have a path.
 * - `memfd`: a file in memory that never had a path (memfd_create(2)).
 * - `anon-inode`: an object of the kernel, named by `target`, as `anon_inode:[eventpoll]`.
 * - `namespace`, `other`.
 */
export type DescriptorKind =
  | "socket"
  | "pipe"
  | "file"
  | "directory"
  | "fifo"
  | "device"
  | "memfd"
  | "anon-inode"
  | "namespace"
  | "other";

const NUMBERED = /^([a-z_]{1,16}):\[(\d{1,19})\]$/;
const NAMESPACES: ReadonlySet<string> = new Set(["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"]);

/**
 * What the target of `/proc/<pid>/fd/<n>` tells by itself (proc_pid_fd(5)). Paths begin with a slash, so that no file's
 * name can pass for a socket. Undefined for a path: what it is only its mode tells.
 */
export function parseDescriptorLink(target: string): { kind: DescriptorKind; inode?: number } | undefined {
  if (target.startsWith("/")) return undefined;
  if (target.startsWith("anon_inode:")) return { kind: "anon-inode" };
  const match = NUMBERED.exec(target);
  const inode = Number(match?.[2]);
  if (match?.[1] === undefined || !Number.isSafeInteger(inode)) return { kind: "other" };
  if (match[1] === "socket" || match[1] === "pipe") return { kind: match[1], inode };
  if (NAMESPACES.has(match[1])) return { kind: "namespace", inode };
  return { kind: match[1] === "pidfd" ? "anon-inode" : "other", inode };
}
