import { readlinkSync } from "node:fs";
import { decodeBytes, type Procfs, readStartTime } from "@procmon/core";
import { closeDescriptor, identify, openForReading, openHandle } from "./descriptor.ts";
import type { FileCandidate, FileTarget } from "./file-target.ts";
import { mountDevice } from "./mount-device.ts";
import { type Miss, missOf } from "./open-failure.ts";
import type { KnownFile, OpenOutcome } from "./opened-file.ts";
import { resolveInRoot } from "./resolve-in-root.ts";
import { compareFile } from "./same-file.ts";

/** What is needed to try a candidate. */
export interface Attempt {
  readonly procfs: Procfs;
  readonly target: FileTarget;
  readonly candidate: FileCandidate;
  /** False once nobody waits for the outcome. */
  readonly isWanted: () => boolean;
}

/** Opens a candidate if it is the file that is looked for. Looks at it before it opens it, and once more after. Never rejects. */
export async function openCandidate(attempt: Attempt): Promise<OpenOutcome> {
  const { inRoot, path, isGuess } = attempt.candidate;
  let handle: number | undefined;
  try {
    handle = await openHandle(inRoot === undefined ? path : await resolveInRoot(inRoot, path), inRoot === undefined);
    const miss = await checkFile(attempt, handle, await identify(handle));
    return miss ?? (await openHandled(attempt, handle));
  } catch (error) {
    const miss = missOf(error, path);
    return { ok: false, ...miss, failure: isGuess && miss.failure === "denied" ? "gone" : miss.failure };
  } finally {
    if (handle !== undefined) await closeDescriptor(handle);
  }
}

async function openHandled(attempt: Attempt, handle: number): Promise<OpenOutcome> {
  const fd = await openForReading(attempt.procfs, handle, attempt.isWanted);
  let outcome: OpenOutcome | undefined;
  try {
    const file = await identify(fd);
    outcome = (await checkFile(attempt, fd, file)) ?? { ok: true, fd, file: file as KnownFile };
    return outcome;
  } finally {
    if (outcome?.ok !== true) await closeDescriptor(fd);
  }
}

/** Undefined if it is the file that is looked for. */
async function checkFile(
  attempt: Attempt,
  fd: number,
  found: KnownFile | undefined,
): Promise<({ readonly ok: false } & Miss) | undefined> {
  const { procfs, target, candidate } = attempt;
  const { expected, execTime, startedAt } = target;
  const isAlive = isRunning(procfs, candidate);
  const trust = candidate.trust === "exe" && isAlive ? "exe" : "path";
  const other = { ok: false, failure: candidate.trust === "exe" ? "gone" : "changed" } as const;
  if (found === undefined) return { ...other, reason: `no regular file: ${candidate.path}` };
  if (expected === undefined) {
    if (!isAlive) return { ok: false, failure: "gone", reason: `its process has ended: ${candidate.path}` };
    const isIt = trust === "exe" ? hasName(procfs, fd, target.names) : target.byPath;
    if (!isIt) return { ...other, reason: `another file: ${candidate.path}` };
  }
  const device =
    expected !== undefined && expected.inode === found.inode && expected.device !== found.device
      ? await mountDevice(procfs, fd, candidate.pid)
      : undefined;
  switch (compareFile({ found, mountDevice: device, expected, trust, execTime, startedAt })) {
    case "same":
      return undefined;
    case "other":
      return { ...other, reason: `another file: ${candidate.path}` };
    case "changed":
      return { ok: false, failure: "changed", reason: `changed since: ${candidate.path}` };
  }
}

/** It is looked for after opening: so what was opened was still the process's. */
function isRunning(procfs: Procfs, { pid, startTime }: FileCandidate): boolean {
  return pid !== undefined && startTime !== undefined && readStartTime(procfs, pid) === startTime;
}

/** What is open has one of these names, as the kernel tells it: whatever the process executes meanwhile. */
function hasName(procfs: Procfs, fd: number, names: readonly string[] | undefined): boolean {
  if (names === undefined) return true;
  return names.includes(decodeBytes(readlinkSync(`${procfs.root}/self/fd/${fd}`, "buffer")));
}
