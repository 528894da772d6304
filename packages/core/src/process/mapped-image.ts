import { closeSync, openSync, readSync } from "node:fs";
import type { MemoryMapping } from "../procfs/parse-maps.ts";
import { processFile } from "../procfs/process-file.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readMaps } from "../procfs/read-maps.ts";
import { type ReadOutcome, readFailure } from "../procfs/read-outcome.ts";
import { readExeLink } from "../procfs/read-process-links.ts";

/** Bytes of one chunk at most. */
const CHUNK_SIZE = 64 * 1024;

/** A piece of the executable as it is in memory. */
export interface ImageChunk {
  readonly address: bigint;
  /** Where in the file these bytes come from. */
  readonly offset: bigint;
  /** At most 64 KiB; valid until the next chunk is asked for. */
  readonly bytes: Buffer;
}

/** Which ranges of a process's memory hold its executable, in order of address. */
export function findImageMappings(mappings: readonly MemoryMapping[], exeLink: string): MemoryMapping[] {
  const named = mappings.filter((mapping) => mapping.path === exeLink && mapping.inode !== 0n);
  // Two removed files may have had one name; the executable is mapped by the kernel, so its first page is there.
  const image = named.find((mapping) => mapping.offset === 0n) ?? named[0];
  return named.filter((mapping) => mapping.inode === image?.inode && mapping.device === image.device);
}

/**
 * Reads the executable as it is mapped into the memory of a process, through `/proc/<pid>/mem` (proc_pid_mem(5)): also where
 * no file can be opened any more. Changed data is as it is now. Pages that cannot be read end their range.
 * The process is not stopped. Give the generator back with `return()`, as `for … of` does.
 */
export function readMappedImage(procfs: Procfs, pid: number): ReadOutcome<Generator<ImageChunk, void, void>> {
  const link = readExeLink(procfs, pid);
  if (!link.ok) return link;
  let fd: number;
  try {
    // This descriptor stays with the image that runs now, also when another one is run.
    fd = openSync(processFile(procfs, pid, "mem"), "r");
  } catch (error) {
    return { ok: false, failure: readFailure(error) };
  }
  const maps = readMaps(procfs, pid);
  const mappings = maps.ok ? findImageMappings(maps.value, link.value) : [];
  if (mappings.length > 0) return { ok: true, value: readChunks(fd, mappings) };
  closeSync(fd);
  return maps.ok ? { ok: false, failure: "gone" } : maps;
}

function* readChunks(fd: number, mappings: readonly MemoryMapping[]): Generator<ImageChunk, void, void> {
  const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
  try {
    for (const { start, end, offset } of mappings) {
      for (let address = start; address < end; ) {
        const length = readAt(fd, chunk, address, end - address);
        if (length === 0) break;
        yield { address, offset: offset + (address - start), bytes: chunk.subarray(0, length) };
        address += BigInt(length);
      }
    }
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, chunk: Buffer, address: bigint, available: bigint): number {
  try {
    return readSync(fd, chunk, 0, available < BigInt(CHUNK_SIZE) ? Number(available) : CHUNK_SIZE, address);
  } catch {
    return 0;
  }
}
