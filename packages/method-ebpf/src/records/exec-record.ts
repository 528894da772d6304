import { isAscii } from "node:buffer";
import { decodeBytes, type FileIdentity, parseCmdline, parseEnviron } from "@procmon/core";
import { EXEC } from "./exec-layout.ts";
import { readExecutableFile } from "./executable-file.ts";
import { type RecordHead, readHead } from "./record-head.ts";
import { readComm } from "./record-text.ts";
import type { StepPaths } from "./step-paths.ts";

/** A process that has run an executable, or one of the list of processes. */
export interface ExecRecord {
  readonly head: RecordHead;
  /** When its parent started, in nanoseconds of CLOCK_BOOTTIME; 0 where that is not known. */
  readonly parentStart: bigint;
  /** Its file, as the kernel itself has it; undefined where there is none. Its times are absent where they are not known. */
  readonly executable: FileIdentity | undefined;
  /** Of the executable: 0 means that its file is deleted. */
  readonly links: number;
  readonly realUid: number;
  readonly savedUid: number;
  readonly realGid: number;
  readonly savedGid: number;
  /** In its own pid namespace. */
  readonly nsPid: number;
  readonly netns: number;
  readonly comm: string;
  /** Empty where there is none, as with kernel threads. */
  readonly path: string;
  readonly cwd: string;
  /** Empty for the machine's own root. */
  readonly root: string;
  /** Empty where it is not known. */
  readonly cgroup: string;
  /** What the kernel was told to run, where that is a script: as it was told. Else empty. */
  readonly script: string;
  readonly args: readonly string[];
  /** How many arguments there are; 0 where that is not known. */
  readonly argsCount: number;
  /** Empty unless it is collected. */
  readonly env: Readonly<Record<string, string>> | undefined;
}

/** Reads records of executables; undefined where the bytes hold none. */
export function decodeExecRecord(
  view: DataView,
  bytes: Buffer,
  offset: number,
  length: number,
  paths: StepPaths,
): ExecRecord | undefined {
  if (length < EXEC.data || offset + length > view.byteLength) return undefined;
  const sizes = PARTS.map((part) => view.getUint32(offset + part, true));
  let end = offset + EXEC.data;
  const limit = offset + length;
  const starts: number[] = [];
  for (const size of sizes) {
    starts.push(end);
    end += size;
    if (end > limit) return undefined;
  }
  const [path = 0, cwd = 0, root = 0, cgroup = 0, script = 0, args = 0, env = 0] = starts;
  const text = (start: number, to: number): string => decodeBytes(bytes.subarray(start, to));
  return {
    head: readHead(view, offset),
    parentStart: view.getBigUint64(offset + EXEC.parent_start, true),
    executable: readExecutableFile(view, offset),
    links: view.getUint32(offset + EXEC.links, true),
    realUid: view.getUint32(offset + EXEC.real_uid, true),
    savedUid: view.getUint32(offset + EXEC.saved_uid, true),
    realGid: view.getUint32(offset + EXEC.real_gid, true),
    savedGid: view.getUint32(offset + EXEC.saved_gid, true),
    nsPid: view.getUint32(offset + EXEC.ns_pid, true),
    netns: view.getUint32(offset + EXEC.netns, true),
    comm: readComm(bytes, offset + EXEC.comm),
    path: path === cwd ? "" : paths(text(path, cwd)),
    cwd: cwd === root ? "" : paths(text(cwd, root)),
    root: root === cgroup ? "" : paths(text(root, cgroup)),
    cgroup: cgroup === script ? "" : paths(text(cgroup, script)),
    script: script === args ? "" : text(script, args - 1),
    args: readArgs(bytes, args, env),
    argsCount: view.getUint32(offset + EXEC.args_count, true),
    env: env === end ? undefined : parseEnviron(bytes.subarray(env, end)),
  };
}

/** In the order in which the parts follow. */
const PARTS = [
  EXEC.path_size,
  EXEC.cwd_size,
  EXEC.root_size,
  EXEC.cgroup_size,
  EXEC.script_size,
  EXEC.args_size,
  EXEC.env_size,
];

function readArgs(bytes: Buffer, start: number, end: number): readonly string[] {
  const part = bytes.subarray(start, end);
  // The same as the other branch, for less.
  if (start < end && isAscii(part)) {
    return bytes.toString("latin1", start, bytes[end - 1] === 0 ? end - 1 : end).split("\0");
  }
  return parseCmdline(part);
}
