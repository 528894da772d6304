import type { AddonCaptureRule } from "../addon.ts";

/** A file or link of `/proc/<pid>` that is read the moment a datagram about the process arrives, in the thread that reads. */
export interface CaptureFile {
  /** Its name, for example `exe` or `cmdline`; of what lies in directories, only `ns/…`. */
  readonly name: string;
  /**
   * `link` reads where a symbolic link points to; `file` what one read(2) gives, which of files that are one record is all: stat, cmdline, environ;
   * `identity` looks at the file itself that a link leads to: see `parseCapturedFile`.
   */
  readonly kind: "file" | "link" | "identity";
  /** Bytes at most; up to 1 MiB. Of no meaning for `identity`. */
  readonly limit: number;
}

/** Which datagrams are about a process, and what to read of it then. Numbers in datagrams are of the machine's byte order. */
export interface CaptureRule {
  /** The rule holds where the 32-bit number at this offset of the datagram is `value`. */
  readonly offset: number;
  readonly value: number;
  /** Where the pid is, as a 32-bit number. */
  readonly pidOffset: number;
  /** Up to 8. */
  readonly files: readonly CaptureFile[];
}

/** As `CaptureRule`, for datagrams whose pid is written as text. Each text is of 1 to 31 bytes, and is looked for in the whole datagram. */
export interface TextCaptureRule {
  readonly offset: number;
  readonly value: number;
  /** The rule holds only where the datagram has this text. @default in all */
  readonly contains?: string;
  /** The pid is the decimal number right after the first place of this text. The rule holds only where there is one, of 1 to 2^31 - 1. */
  readonly pidAfter: string;
  /** A descriptor of the process, whose socket is the first capture: see `parseCapturedSocket`. */
  readonly socketAfter?: SocketPlace;
  /** Up to 8. */
  readonly files: readonly CaptureFile[];
}

/** Where a datagram has the number of a descriptor. */
export interface SocketPlace {
  /** It is right after the first place of this text. */
  readonly text: string;
  /** Of a hexadecimal number, an argument of a system call, the lower 32 bits are the descriptor, as the kernel takes it. */
  readonly radix: 10 | 16;
}

/** All rules in the one form that the addon reads. */
export function addonRules(rules: readonly (CaptureRule | TextCaptureRule)[]): readonly AddonCaptureRule[] {
  return rules.map((rule) => {
    const { offset, value, files } = rule;
    const isText = "pidAfter" in rule;
    const { contains = "", pidAfter = "", socketAfter } = isText ? rule : {};
    const { text: socketAfterText = "", radix: socketRadix = 0 } = socketAfter ?? {};
    const pidOffset = isText ? 0 : rule.pidOffset;
    return { offset, value, files, isText, pidOffset, contains, pidAfter, socketAfter: socketAfterText, socketRadix };
  });
}
