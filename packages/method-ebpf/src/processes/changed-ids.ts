import { type Process, userName } from "@procmon/core";

/** The process with other effective ids. What the others are by now is not known. */
export function changeIds(process: Process, uid: number, gid: number): Process {
  const { uids: _, gids: __, user: ___, ...rest } = process;
  const user = userName(uid);
  return { ...rest, uid, gid, ...(user === undefined ? {} : { user }) };
}
