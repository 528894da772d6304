import { statusField, statusNumber } from "./status-field.ts";

/** User and group ids: real, effective, saved and for the file system (credentials(7)). */
export interface Ids {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
  readonly filesystem: number;
}

/** The part of `/proc/<pid>/status` that tells who a process is. */
export interface ProcCredentials {
  /** The thread group's id: differs from the id asked for where that is a thread. */
  readonly tgid: number;
  readonly uids: Ids;
  readonly gids: Ids;
  /** The pid in each pid namespace, from the reader's to its own. Kernels without namespaces tell none. */
  readonly nsPids: readonly number[];
}

/** Parses the ids of `/proc/<pid>/status`; undefined for anything that is no such file. */
export function parseCredentials(bytes: Buffer): ProcCredentials | undefined {
  const text = bytes.toString("latin1");
  const tgid = statusNumber(text, "Tgid");
  const uids = parseIds(statusField(text, "Uid"));
  const gids = parseIds(statusField(text, "Gid"));
  if (tgid === undefined || uids === undefined || gids === undefined) return undefined;
  const nsPids = statusField(text, "NSpid")?.split("\t").map(Number) ?? [];
  return { tgid, uids, gids, nsPids: nsPids.every(Number.isSafeInteger) ? nsPids : [] };
}

function parseIds(field: string | undefined): Ids | undefined {
  const [real, effective, saved, filesystem] = field?.split("\t").map(Number) ?? [];
  if (!isId(real) || !isId(effective) || !isId(saved) || !isId(filesystem)) return undefined;
  return { real, effective, saved, filesystem };
}

function isId(value: number | undefined): value is number {
  return Number.isSafeInteger(value);
}
