import { AUDIT_ARCH, SOCKETCALLS, SYSCALL_NUMBERS, type SyscallName } from "./syscall-numbers.ts";

/** What a system call is about; the `kind` of the event that it makes. */
export type SyscallKind = "exec" | "fork" | "exit" | "socket" | "connect" | "bind" | "listen" | "accept" | "send";

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
