import {
  AUDIT_ARCH,
  type AuditArch,
  SOCKETCALL,
  SOCKETCALLS,
  SYSCALL_NUMBERS,
  type SyscallName,
} from "../syscalls/syscall-numbers.ts";

/** A way to call the kernel: the machine's own, or that of its 32-bit programs. */
export interface CallingConvention {
  /** `AUDIT_ARCH_…`. */
  readonly arch: number;
  /** Not every one has every call. */
  readonly numbers: Readonly<Partial<Record<SyscallName, number>>>;
  /** The one call through which i386 programs of old make all calls of sockets, which is the first argument: `SYS_…` of `linux/net.h`. */
  readonly socketcall?: { readonly number: number; readonly calls: Readonly<Partial<Record<SyscallName, number>>> };
}

const CONVENTIONS: Readonly<Record<string, readonly CallingConvention[]>> = {
  x64: [conventionOf("x86_64"), { ...conventionOf("i386"), socketcall: { number: SOCKETCALL, calls: SOCKETCALLS } }],
  arm64: [conventionOf("arm64"), conventionOf("arm")],
};

/** The machine's own first. @param arch as in `process.arch`; empty for one that is not known */
export function conventionsOf(arch: string): readonly CallingConvention[] {
  return CONVENTIONS[arch] ?? [];
}

function conventionOf(name: AuditArch): CallingConvention {
  return { arch: AUDIT_ARCH[name], numbers: SYSCALL_NUMBERS[name] };
}
