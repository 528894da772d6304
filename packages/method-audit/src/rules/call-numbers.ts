import { ARCH } from "../kernel/rule-codes.ts";

/** The calls that rules of ours are about. */
export type AuditedCall =
  | ("execve" | "execveat" | "clone" | "clone3" | "fork" | "vfork" | "exit_group" | "socket" | "bind" | "connect")
  | ("listen" | "accept" | "accept4" | "sendto" | "sendmsg" | "sendmmsg");

/** A way to call the kernel: the machine's own, or that of its 32-bit programs. */
export interface CallingConvention {
  /** `AUDIT_ARCH_…`. */
  readonly arch: number;
  /** Not every one has every call. */
  readonly numbers: Readonly<Partial<Record<AuditedCall, number>>>;
  /** The one call through which i386 programs of old make all calls of sockets, which is the first argument: `SYS_…` of `linux/net.h`. */
  readonly socketcall?: { readonly number: number; readonly calls: Readonly<Partial<Record<AuditedCall, number>>> };
}

/** Numbers of the kernel's own tables: `syscall_64.tbl`, `syscall_32.tbl`, `asm-generic/unistd.h`, `syscall.tbl` of arm. */
const X64: CallingConvention = {
  arch: ARCH.x64,
  numbers: {
    ...{ execve: 59, execveat: 322, clone: 56, clone3: 435, fork: 57, vfork: 58, exit_group: 231 },
    ...{ socket: 41, bind: 49, connect: 42, listen: 50, accept: 43, accept4: 288 },
    ...{ sendto: 44, sendmsg: 46, sendmmsg: 307 },
  },
};

const I386: CallingConvention = {
  arch: ARCH.i386,
  numbers: {
    ...{ execve: 11, execveat: 358, clone: 120, clone3: 435, fork: 2, vfork: 190, exit_group: 252 },
    ...{ socket: 359, bind: 361, connect: 362, listen: 363, accept4: 364 },
    ...{ sendto: 369, sendmsg: 370, sendmmsg: 345 },
  },
  socketcall: {
    number: 102,
    calls: {
      ...{ socket: 1, bind: 2, connect: 3, listen: 4, accept: 5, accept4: 18 },
      ...{ sendto: 11, sendmsg: 16, sendmmsg: 20 },
    },
  },
};

const ARM64: CallingConvention = {
  arch: ARCH.arm64,
  numbers: {
    ...{ execve: 221, execveat: 281, clone: 220, clone3: 435, exit_group: 94 },
    ...{ socket: 198, bind: 200, connect: 203, listen: 201, accept: 202, accept4: 242 },
    ...{ sendto: 206, sendmsg: 211, sendmmsg: 269 },
  },
};

const ARM: CallingConvention = {
  arch: ARCH.arm,
  numbers: {
    ...{ execve: 11, execveat: 387, clone: 120, clone3: 435, fork: 2, vfork: 190, exit_group: 248 },
    ...{ socket: 281, bind: 282, connect: 283, listen: 284, accept: 285, accept4: 366 },
    ...{ sendto: 290, sendmsg: 296, sendmmsg: 374 },
  },
};

const CONVENTIONS: Readonly<Record<string, readonly CallingConvention[]>> = { x64: [X64, I386], arm64: [ARM64, ARM] };

/** The machine's own first. @param arch as in `process.arch`; empty for one that is not known */
export function conventionsOf(arch: string): readonly CallingConvention[] {
  return CONVENTIONS[arch] ?? [];
}
