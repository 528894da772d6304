import { closeSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import { readStat } from "./read-stat.ts";

const word = Buffer.allocUnsafe(4);

/**
 * How many arguments the process was started with. The kernel puts this number at the beginning of the stack
 * (create_elf_tables() of fs/binfmt_elf.c), which stands in field 28 of stat. Undefined where memory may not be read
 * (PTRACE_MODE_ATTACH, ptrace(2)), on big-endian machines, and where the number makes no sense.
 */
export function readArgumentCount(procfs: Procfs, pid: number, tid?: number): number | undefined {
  const stat = readStat(procfs, pid, tid);
  if (!stat.ok || stat.value.startStack < 4096n || endianness() !== "LE") return undefined;
  let fd: number | undefined;
  try {
    fd = openSync(processFile(procfs, pid, "mem", tid), "r");
    if (readSync(fd, word, 0, 4, stat.value.startStack) !== 4) return undefined;
    const count = word.readInt32LE();
    return count > 0 ? count : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
