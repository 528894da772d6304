import { processFile } from "../procfs/process-file.ts";
import type { Procfs } from "../procfs/procfs.ts";
import type { ReadOutcome } from "../procfs/read-outcome.ts";
import { readProcFile, readProcPieces } from "../procfs/read-proc-file.ts";
import { type InetTableOptions, parseInetTable } from "./parse-inet-table.ts";
import { parsePacketTable } from "./parse-packet-table.ts";
import { parseUnixTable } from "./parse-unix-table.ts";
import type { InetSocketRow, InetTable, PacketSocketRow, UnixSocketRow } from "./socket-row.ts";

/**
 * The sockets of one protocol in the network namespace of a process. A protocol that this kernel does not have is an
 * empty table. `gone` means that the process is.
 */
export function readInetTable(
  procfs: Procfs,
  pid: number,
  table: InetTable,
  options?: InetTableOptions,
): ReadOutcome<InetSocketRow[]> {
  return readTable(procfs, pid, table, (bytes) => parseInetTable(bytes, table, options));
}

/**
 * Those of some sockets that the table lists, which are bound to one of `srcPorts`. Reads no further than to the last of them: the kernel
 * lists listeners first, so that these are soon found however many connections there are.
 */
export function findInInetTable(
  procfs: Procfs,
  pid: number,
  table: InetTable,
  inodes: ReadonlySet<number>,
  srcPorts: ReadonlySet<number>,
): ReadOutcome<ReadonlySet<number>> {
  const found = new Set<number>();
  let isContinuation = false;
  const read = readProcPieces(processFile(procfs, pid, `net/${table}`), (piece) => {
    for (const { inode } of parseInetTable(piece, table, { srcPorts, isContinuation })) {
      if (inodes.has(inode)) found.add(inode);
    }
    isContinuation = true;
    return found.size < inodes.size;
  });
  return read.ok ? { ok: true, value: found } : read;
}

/** The unix sockets in the network namespace of a process (unix(7)). */
export function readUnixTable(procfs: Procfs, pid: number): ReadOutcome<UnixSocketRow[]> {
  return readTable(procfs, pid, "unix", parseUnixTable);
}

/** The packet sockets in the network namespace of a process (packet(7)). */
export function readPacketTable(procfs: Procfs, pid: number): ReadOutcome<PacketSocketRow[]> {
  return readTable(procfs, pid, "packet", parsePacketTable);
}

function readTable<T>(procfs: Procfs, pid: number, table: string, parse: (bytes: Buffer) => T[]): ReadOutcome<T[]> {
  const read = readProcFile(processFile(procfs, pid, `net/${table}`));
  if (read.ok) return { ok: true, value: parse(read.value) };
  // Every network namespace has `dev`: where it can be read, only the protocol is missing.
  const missing = read.failure === "gone" && readProcFile(processFile(procfs, pid, "net/dev")).ok;
  return missing ? { ok: true, value: [] } : read;
}
