import { EXEC } from "./exec-layout.ts";
import type { HeadBytes } from "./record-bytes.test-kit.ts";
import { writeHead } from "./record-bytes.test-kit.ts";

/** Numbers as the kernel has them. */
export interface ExecutableBytes {
  readonly inode: bigint;
  readonly device: number;
  readonly size?: bigint;
  /** Seconds, and nanoseconds. */
  readonly modified?: readonly [bigint, number];
  readonly changed?: readonly [bigint, number];
}

/** What a test sets of a record of an executable; the rest is 0, or empty. Parts are bytes as the programs write them. */
export interface ExecRecordBytes extends HeadBytes {
  readonly parentStart?: bigint;
  readonly executable?: ExecutableBytes;
  readonly links?: number;
  readonly ids?: Readonly<Record<"realUid" | "savedUid" | "realGid" | "savedGid", number>>;
  readonly nsPid?: number;
  readonly netns?: number;
  readonly argsCount?: number;
  readonly comm?: string;
  readonly path?: string;
  readonly cwd?: string;
  readonly root?: string;
  readonly cgroup?: string;
  readonly script?: string;
  readonly args?: string;
  readonly env?: string;
}

/** `struct exec_record` of bpf/shared/records.h. The text of parts is latin1: a character for each byte. */
export function execRecordBytes(record: ExecRecordBytes): DataView {
  const { path = "", cwd = "", root = "", cgroup = "", script = "", args = "", env = "" } = record;
  const parts = [path, cwd, root, cgroup, script, args, env];
  const data = Buffer.from(parts.join(""), "latin1");
  const view = new DataView(new ArrayBuffer((EXEC.data + data.length + 7) & ~7));
  const bytes = Buffer.from(view.buffer);
  writeHead(view, { kind: 1, ...record });
  view.setBigUint64(EXEC.parent_start, record.parentStart ?? 0n, true);
  const sizes = [
    EXEC.path_size,
    EXEC.cwd_size,
    EXEC.root_size,
    EXEC.cgroup_size,
    EXEC.script_size,
    EXEC.args_size,
    EXEC.env_size,
  ];
  for (const [index, at] of sizes.entries()) view.setUint32(at, parts[index]?.length ?? 0, true);
  if (record.executable !== undefined) writeExecutable(view, record.executable);
  view.setUint32(EXEC.links, record.links ?? 1, true);
  view.setUint32(EXEC.real_uid, record.ids?.realUid ?? 0, true);
  view.setUint32(EXEC.saved_uid, record.ids?.savedUid ?? 0, true);
  view.setUint32(EXEC.real_gid, record.ids?.realGid ?? 0, true);
  view.setUint32(EXEC.saved_gid, record.ids?.savedGid ?? 0, true);
  view.setUint32(EXEC.ns_pid, record.nsPid ?? 0, true);
  view.setUint32(EXEC.netns, record.netns ?? 0, true);
  view.setUint32(EXEC.args_count, record.argsCount ?? 0, true);
  bytes.write(record.comm ?? "", EXEC.comm, "latin1");
  data.copy(bytes, EXEC.data);
  return view;
}

function writeExecutable(view: DataView, executable: ExecutableBytes): void {
  const { inode, device, size = 0n, modified = [0n, 0], changed = [0n, 0] } = executable;
  view.setBigUint64(EXEC.inode, inode, true);
  view.setUint32(EXEC.device, device, true);
  view.setBigUint64(EXEC.file_size, size, true);
  view.setBigInt64(EXEC.modified, modified[0], true);
  view.setUint32(EXEC.modified_ns, modified[1], true);
  view.setBigInt64(EXEC.changed, changed[0], true);
  view.setUint32(EXEC.changed_ns, changed[1], true);
}
