/** The name of a system call that Procmon knows. */
export type SyscallName =
  | ("execve" | "execveat" | "clone" | "clone3" | "fork" | "vfork" | "exit_group" | "socket" | "connect" | "bind")
  | ("listen" | "accept" | "accept4" | "sendto" | "sendmsg" | "sendmmsg");

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
