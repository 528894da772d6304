import { type Process, userName } from "@procmon/core";
import type { AuditSubject } from "../normalize/normalized-event.ts";

/** The ids of a process. */
export type ProcessIds = Pick<Process, "uid" | "gid" | "uids" | "gids" | "user">;

/** The ids that a record tells; none where one of them is no number. */
export function idsOf(subject: AuditSubject): ProcessIds {
  const { uid, euid, suid, gid, egid, sgid } = subject;
  if (![uid, euid, suid, gid, egid, sgid].every(Number.isSafeInteger)) return {};
  const user = userName(euid);
  return {
    uid: euid,
    gid: egid,
    uids: { real: uid, effective: euid, saved: suid },
    gids: { real: gid, effective: egid, saved: sgid },
    ...(user === undefined ? {} : { user }),
  };
}

/** True if these are the ids of the process. */
export function hasIdsOf({ uids, gids }: Process, subject: AuditSubject): boolean {
  return (
    uids !== undefined &&
    gids !== undefined &&
    uids.effective === subject.euid &&
    uids.real === subject.uid &&
    uids.saved === subject.suid &&
    gids.effective === subject.egid &&
    gids.real === subject.gid &&
    gids.saved === subject.sgid
  );
}

/** The process with other ids; one that has no name for them loses that of the former ones. */
export function withIds(process: Process, ids: ProcessIds): Process {
  if (ids.uid === undefined) return process;
  const { user: _, ...rest } = process;
  return { ...rest, ...ids };
}
