import type { ChecksumStatus } from "../plugin/hasher.ts";
import type { FileIdentity } from "./file-identity.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/** Real, effective and saved ids (credentials(7)). */
export interface Credentials {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
}

/** One step of a process's ancestry. */
export interface Ancestor {
  readonly pid: number;
  /** Absent where it is unknown; a kernel thread has none. */
  readonly path?: string;
  readonly startTime?: bigint;
  readonly comm?: string;
}

/**
 * What kind of file runs:
 * - `file`: an executable that is still there.
 * - `deleted`: the file has been removed or replaced since.
 * - `memfd`: it never was on a disk (memfd_create(2)).
 * - `script`: the executable is an interpreter that is still there, and `script` tells of what. Where the interpreter is
 *   `deleted` or a `memfd`, this says so, and `script` is there all the same.
 */
export type ExeKind = "file" | "memfd" | "deleted" | "script";

/** The script that an interpreter runs. */
export interface Script {
  /** Absolute, as the process sees it. */
  readonly path: string;
  /** The interpreter's executable, the same as `Process.path`. */
  readonly interpreter: string;
}

/** The container that a process runs in. */
export interface Container {
  /** The runtime's id, 64 hex digits where the runtime uses these. */
  readonly id: string;
  readonly runtime?: "docker" | "podman" | "containerd" | "cri-o" | "lxc" | "systemd-nspawn";
}

/**
 * All that is known of a process. A field that is absent is unknown: where the reason is a missing
 * privilege, its name stands in `denied`. Strings that are not UTF-8 keep their bytes as lone surrogates
 * U+DC80–U+DCFF (see `decodeBytes`).
 */
export interface Process extends ProcessIdentity {
  readonly ppid: number;
  /** Effective user id. */
  readonly uid?: number;
  /** Effective group id. */
  readonly gid?: number;
  readonly uids?: Credentials;
  readonly gids?: Credentials;
  /** The name of `uid` in this machine's passwd file. */
  readonly user?: string;
  /** The thread's name, at most 15 bytes, as the kernel has it. A process may set it to anything. */
  readonly comm: string;
  /** The executable, without ` (deleted)`. Absent for kernel threads. */
  readonly path?: string;
  /**
   * A path by which the reader can open this very executable, through `/proc/<pid>/root`. Absent where there is none: the file
   * was removed, or lies outside of the process's root.
   */
  readonly realPath?: string;
  /** The root directory as seen from here; `/` unless changed (chroot(2)). */
  readonly root?: string;
  /** The arguments, never joined. Empty arguments are kept. */
  readonly args?: readonly string[];
  /** How many arguments there are, where `args` holds fewer. */
  readonly argsTotal?: number;
  /** True where `args` was cut. */
  readonly argsTruncated?: boolean;
  /** With the kernel's ` (deleted)` where it was removed. */
  readonly cwd?: string;
  /** Only with `captureEnv`. Later entries of one name lose, as in getenv(3). */
  readonly env?: Readonly<Record<string, string>>;
  /** From itself to the root of the tree, as it was when the executable was started or first seen. */
  readonly tree?: readonly Ancestor[];
  /** The executable's file as it was when it was started or first seen, whatever its path leads to since. */
  readonly executable?: FileIdentity;
  /** Of a hasher, by key, for example `process.hash.sha256`. */
  readonly checksums?: Readonly<Record<string, string>>;
  /** Whether `checksums` has all that was asked for, and why not. Absent without a hasher, and for what runs no executable. */
  readonly checksumStatus?: ChecksumStatus;
  readonly exeKind?: ExeKind;
  readonly script?: Script;
  /** The AppImage file that the executable was mounted from. */
  readonly appImage?: string;
  /** The path in the cgroup v2 hierarchy, or in systemd's named one on older hosts. */
  readonly cgroup?: string;
  readonly container?: Container;
  /** For example `ssh.service`. */
  readonly systemdUnit?: string;
  /** The pid in its own pid namespace, where that differs. */
  readonly nsPid?: number;
  /** The network namespace's inode number. */
  readonly netns?: number;
  /** True for a thread of the kernel. */
  readonly kernelThread?: boolean;
  /** The state letter of `/proc/<pid>/stat`, `Z` for a zombie. */
  readonly state?: string;
  /** Names of fields that could not be read for want of a privilege. */
  readonly denied?: readonly (keyof Process)[];
}
