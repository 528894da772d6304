import { getSystemErrorMap } from "node:util";

const MARKER: unique symbol = Symbol.for("procmon.native-error") as never;

/** What is known besides of a BPF program that the kernel refused. */
export interface RefusedProgram {
  readonly program?: string | undefined;
  readonly log?: string | undefined;
}

/**
 * A system call that failed, or a binary that is missing. `code` is the errno's name, as in Node's own errors (`EPERM`), or `NATIVE_UNAVAILABLE`,
 * or `BPF_UNSUPPORTED` where the binary was built without libbpf.
 */
export class NativeError extends Error {
  readonly code: string;
  /** The system call, where one failed. */
  readonly syscall: string | undefined;
  /** The BPF program that failed, where it was one. */
  readonly program: string | undefined;
  /** The end of what the kernel's verifier said of it: up to 2 KiB. */
  readonly log: string | undefined;

  constructor(code: string, message: string, syscall?: string, refused: RefusedProgram = {}) {
    super(message);
    this.name = "NativeError";
    this.code = code;
    this.syscall = syscall;
    this.program = refused.program;
    this.log = refused.log;
    Object.defineProperty(this, MARKER, { value: true });
  }

  /** Like `instanceof`, but also true for an error of a second installed copy of this package. */
  static isInstance(error: unknown): error is NativeError {
    return typeof error === "object" && error !== null && MARKER in error;
  }
}

/** The error of a system call that failed with this errno. */
export function errnoError(errno: number, syscall: string): NativeError {
  const [code, words] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, "unknown error"];
  // An ioctl is asked of a descriptor that is the caller's own.
  if (code === "EBADF" && syscall !== "ioctl") return new NativeError(code, "The socket is closed.");
  return new NativeError(code, `${syscall} failed: ${words} (${code}).`, syscall);
}

/** Does what the addon does, whose errors carry the errno and the system call's name. @throws NativeError */
export function callAddon<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (typeof code !== "string" || !/^\d+$/.test(code)) throw error;
    throw errnoError(Number(code), String(message));
  }
}
