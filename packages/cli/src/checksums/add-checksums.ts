import type { Checksums, Process } from "@procmon/core";

/** The process with what a hasher knows of it by now; as it is where that is nothing. */
export function addChecksums(process: Process, known: Checksums | undefined): Process {
  if (known === undefined) return process;
  return { ...process, checksums: { ...process.checksums, ...known.checksums }, checksumStatus: known.status };
}
