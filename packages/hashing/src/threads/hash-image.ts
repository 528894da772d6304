import { type ProcStat, readExeLink, readMappedImage, readMaps, readStat } from "@procmon/core";
import type { ImageRequest } from "./hash-messages.ts";
import type { FailedHash, HashOutcome } from "./hash-outcome.ts";
import type { HashRun } from "./hash-run.ts";
import { createHashStates } from "./hash-states.ts";
import { readError } from "./read-error.ts";

/**
 * Computes the checksums of the executable of a process as it is in memory: all of its ranges that can be read, in order of address.
 * `gone` where the process has ended, or runs another image before all was read. Blocks the thread.
 */
export function hashImage(request: ImageRequest, run: HashRun): HashOutcome {
  const { procfs, pid, algorithms, maxBytes } = request;
  try {
    const states = createHashStates(algorithms);
    const before = readStat(procfs, pid);
    if (!before.ok) return failed(before.failure);
    if (before.value.startTime !== request.startTime || !isMeant(request)) return failed("gone");
    const image = readMappedImage(procfs, pid);
    if (!image.ok) return failed(image.failure);
    let total = 0;
    for (const { bytes } of image.value) {
      const interruption = run.interruption();
      if (interruption) return interruption;
      total += bytes.length;
      run.bytes += bytes.length;
      if (total > maxBytes) return TOO_LARGE;
      states.update(bytes);
    }
    const after = readStat(procfs, pid);
    // Memory that is given up reads as empty, so the end of the image is told from an early one by what runs afterwards.
    const isWhole = total > 0 && after.ok && isSameImage(before.value, after.value);
    return isWhole ? { ok: true, digests: states.digests() } : failed("gone");
  } catch (error) {
    return readError(error);
  }
}

/** The process may run another executable by now. */
function isMeant({ procfs, pid, names, inode }: ImageRequest): boolean {
  if (names === undefined && inode === undefined) return true;
  const link = readExeLink(procfs, pid);
  if (!link.ok || names?.includes(link.value) === false) return false;
  if (inode === undefined) return true;
  const maps = readMaps(procfs, pid);
  return maps.ok && maps.value.some((mapping) => mapping.path === link.value && mapping.inode === inode);
}

const TOO_LARGE: FailedHash = { ok: false, failure: "too_large", reason: "the image has more bytes than the limit" };

const REASONS = {
  gone: "the process has ended, or runs another image",
  denied: "its memory may not be read",
  failed: "its memory cannot be read",
} as const;

function failed(failure: keyof typeof REASONS): FailedHash {
  return { ok: false, failure, reason: REASONS[failure] };
}

/** An exec lays out the address space anew; whoever may read the memory is told the addresses. */
function isSameImage(a: ProcStat, b: ProcStat): boolean {
  return a.startTime === b.startTime && a.startCode === b.startCode && a.startStack === b.startStack;
}
