/** What a system call is about; the `kind` of the event that it makes. */
export type SyscallKind = "exec" | "fork" | "exit" | "socket" | "connect" | "bind" | "listen" | "accept" | "send";

/** The name of a system call that Procmon knows. */
export type SyscallName =
  | ("execve" | "execveat" | "clone" | "clone3" | "fork" | "vfork" | "exit_group" | "socket" | "connect" | "bind")
  | ("listen" | "accept" | "accept4" | "sendto" | "sendmsg" | "sendmmsg");

const KINDS: Readonly<Record<SyscallName, SyscallKind>> = {
  execve: "exec",
  execveat: "exec",
  clone: "fork",
  clone3: "fork",
  fork: "fork",
  vfork: "fork",
  exit_group: "exit",
  socket: "socket",
  connect: "connect",
  bind: "bind",
  listen: "listen",
  accept: "accept",
  accept4: "accept",
  sendto: "send",
  sendmsg: "send",
  sendmmsg: "send",
};

/** A system call that Procmon knows. */
export interface KnownSyscall {
  readonly name: SyscallName;
  readonly kind: SyscallKind;
}

/** `AUDIT_ARCH_…` of `include/uapi/linux/audit.h`; SYSCALL records show them in hexadecimal (`arch=c000003e`). All are little-endian. */
export const AUDIT_ARCH = { x86_64: 0xc000003e, i386: 0x40000003, arm64: 0xc00000b7, arm: 0x40000028 } as const;

/** An architecture whose system calls Procmon knows. */
export type AuditArch = keyof typeof AUDIT_ARCH;

/** i386: one call for all that is about sockets, with the number of {@link SOCKETCALLS} as its first argument (socketcall(2)). */
export const SOCKETCALL = 102;

/** The numbers of the system calls: the `syscall*.tbl` files of the kernel; ausyscall(8) shows them. */
export const SYSCALL_NUMBERS: Readonly<Record<AuditArch, Readonly<Partial<Record<SyscallName, number>>>>> = {
  x86_64: {
    socket: 41,
    connect: 42,
    accept: 43,
    sendto: 44,
    sendmsg: 46,
    bind: 49,
    listen: 50,
    clone: 56,
    fork: 57,
    vfork: 58,
    execve: 59,
    exit_group: 231,
    accept4: 288,
    sendmmsg: 307,
    execveat: 322,
    clone3: 435,
  },
  i386: {
    fork: 2,
    execve: 11,
    clone: 120,
    vfork: 190,
    exit_group: 252,
    sendmmsg: 345,
    execveat: 358,
    socket: 359,
    bind: 361,
    connect: 362,
    listen: 363,
    accept4: 364,
    sendto: 369,
    sendmsg: 370,
    clone3: 435,
  },
  arm64: {
    exit_group: 94,
    socket: 198,
    bind: 200,
    listen: 201,
    accept: 202,
    connect: 203,
    sendto: 206,
    sendmsg: 211,
    clone: 220,
    execve: 221,
    accept4: 242,
    sendmmsg: 269,
    execveat: 281,
    clone3: 435,
  },
  arm: {
    fork: 2,
    execve: 11,
    clone: 120,
    vfork: 190,
    exit_group: 248,
    socket: 281,
    bind: 282,
    connect: 283,
    listen: 284,
    accept: 285,
    sendto: 290,
    sendmsg: 296,
    accept4: 366,
    sendmmsg: 374,
    execveat: 387,
    clone3: 435,
  },
};

/** The first argument of `socketcall`: `SYS_…` of `include/uapi/linux/net.h`. */
export const SOCKETCALLS: Readonly<Partial<Record<SyscallName, number>>> = {
  socket: 1,
  bind: 2,
  connect: 3,
  listen: 4,
  accept: 5,
  sendto: 11,
  sendmsg: 16,
  accept4: 18,
  sendmmsg: 20,
};

/** x32 has the calls of x86-64 with this bit set, but for those whose arguments are laid out in another way. */
const X32_BIT = 0x40000000;
const X32_NUMBERS: Partial<Record<SyscallName, number>> = { sendmsg: 518, execve: 520, sendmmsg: 538, execveat: 545 };

type CallTable = ReadonlyMap<number, KnownSyscall>;

const SOCKETCALL_TABLE = byNumber(SOCKETCALLS);
const TABLES: ReadonlyMap<number, CallTable> = new Map([
  [
    AUDIT_ARCH.x86_64,
    new Map([...byNumber(SYSCALL_NUMBERS.x86_64), ...byNumber({ ...SYSCALL_NUMBERS.x86_64, ...X32_NUMBERS }, X32_BIT)]),
  ],
  [AUDIT_ARCH.i386, byNumber(SYSCALL_NUMBERS.i386)],
  [AUDIT_ARCH.arm64, byNumber(SYSCALL_NUMBERS.arm64)],
  [AUDIT_ARCH.arm, byNumber(SYSCALL_NUMBERS.arm)],
]);

/** The call of a number on an architecture (both as a SYSCALL record has them); undefined for those that Procmon does not know. */
export function findSyscall(arch: number, number: number): KnownSyscall | undefined {
  return TABLES.get(arch)?.get(number);
}

/** What was asked for by `socketcall`. */
export function findSocketcall(number: number): KnownSyscall | undefined {
  return SOCKETCALL_TABLE.get(number);
}

function byNumber(numbers: Readonly<Partial<Record<SyscallName, number>>>, bits = 0): CallTable {
  const entries = Object.entries(numbers) as [SyscallName, number][];
  return new Map(entries.map(([name, number]) => [number + bits, { name, kind: KINDS[name] }]));
}
