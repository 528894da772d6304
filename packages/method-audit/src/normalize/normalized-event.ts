import type { SocketAddress } from "./socket-address.ts";

/** Who made a system call, as the SYSCALL record has it. */
export interface AuditSubject {
  /** The process (tgid), in the initial pid namespace. Old kernels (Linux 3.10) tell the thread's id instead. */
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly euid: number;
  readonly suid: number;
  readonly gid: number;
  readonly egid: number;
  readonly sgid: number;
  /** The login user. Absent where nobody has logged in. */
  readonly auid?: number;
  /** The name of the thread that called, at most 15 bytes: not that of the process where another thread than its first one did. */
  readonly comm: string;
  /** The executable, as the process sees it, with the kernel's ` (deleted)`. Absent for a thread of the kernel. */
  readonly exe?: string;
}

interface NormalizedBase {
  readonly serial: number;
  /** In nanoseconds since the epoch. The kernel's coarse clock: up to 10 ms early. */
  readonly time: bigint;
  /** False where records of the event may be missing. */
  readonly complete: boolean;
  /** Keys of the rules that made the record (auditctl(8), `-k`). */
  readonly keys: readonly string[];
  readonly subject: AuditSubject;
  /** The call's name of today's kernel for its architecture, for example `connect`; what was asked for by `socketcall` is named as itself. */
  readonly syscall: string;
  /** 0, or the errno that the call failed with, positive: 115 (EINPROGRESS) of a connect is still on its way. */
  readonly errno: number;
}

/** A file that a system call was about: a PATH record. */
export interface AuditFile {
  /**
   * As it was given, which may be relative to `cwd`. Empty where a descriptor was given alone (execveat(2)), and of interpreters on old
   * kernels.
   */
  readonly name: string;
  /** Absent where there is no such file. */
  readonly inode?: number;
  /** The device, as `stat.st_dev` of Node.js has it. */
  readonly device?: number;
}

/** A process runs a new executable. */
export interface AuditExec extends NormalizedBase {
  readonly kind: "exec";
  /** Absent where the record with them is missing. Those that could not be put together whole are cut: see `argsTruncated`. */
  readonly args?: readonly string[];
  readonly argsTotal?: number;
  readonly argsTruncated?: boolean;
  /** When it called. */
  readonly cwd?: string;
  /** What was asked to run, first; then the interpreters that it needs, in the kernel's order. */
  readonly files: readonly AuditFile[];
}

/** A process, or a thread, has been made. */
export interface AuditFork extends NormalizedBase {
  readonly kind: "fork";
  /** Its pid, or tid, as the call returned it: in the pid namespace of the caller, which need not be the initial one. */
  readonly child: number;
  /** Whether it is a thread of the caller; absent where the call's arguments are not in the record (clone3). */
  readonly isThread?: boolean;
}

/** A process ends itself. */
export interface AuditExit extends NormalizedBase {
  readonly kind: "exit";
  /** 0–255. */
  readonly exitCode: number;
}

/** A socket was made. */
export interface AuditSocket extends NormalizedBase {
  readonly kind: "socket";
  readonly fd: number;
  /** `AF_…` of `include/linux/socket.h`; 2 is IPv4. */
  readonly family: number;
  /** `SOCK_…` without its flags; 1 is a stream. */
  readonly type: number;
  /** As it was asked for; 0 is the usual one. */
  readonly protocol: number;
}

/** A call with the descriptor of a socket that is there. */
export interface AuditSocketCall extends NormalizedBase {
  /** `send` is a datagram to an address that is given with it. */
  readonly kind: "connect" | "bind" | "listen" | "send";
  readonly fd: number;
  /** The address that was given; of `listen` there is none. Absent, too, where its record is missing. */
  readonly address?: SocketAddress;
}

/** A listener gave a connection. */
export interface AuditAccept extends NormalizedBase {
  readonly kind: "accept";
  readonly listenerFd: number;
  /** The new descriptor. Absent where the call failed. */
  readonly fd?: number;
  /** The peer. Absent where the caller did not ask for it. */
  readonly address?: SocketAddress;
}

/** What an audit event means, of the system calls that Procmon knows. */
export type NormalizedAuditEvent = AuditExec | AuditFork | AuditExit | AuditSocket | AuditSocketCall | AuditAccept;
