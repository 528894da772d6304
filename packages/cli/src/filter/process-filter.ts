import { basename } from "node:path";
import type { Process, SocketOwner } from "@procmon/core";

/** Which processes to keep. Several conditions must all hold. */
export interface ProcessConditions {
  readonly pid?: number;
  /** The comm, or the last part of the executable's path. */
  readonly name?: string;
  readonly uid?: number;
}

/** True if a process is called so: by its comm, or by the last part of its executable's path. */
export function hasName({ comm, path }: Pick<SocketOwner, "comm" | "path">, name: string): boolean {
  return comm === name || (path !== undefined && basename(path) === name);
}

/** Tells which owners of sockets meet the conditions; `process` is what is known besides. */
export function createProcessFilter(
  conditions: ProcessConditions,
): (owner: SocketOwner, process: Process | undefined) => boolean {
  const { pid, name, uid } = conditions;
  return (owner, process) => {
    if (pid !== undefined && owner.pid !== pid) return false;
    if (name !== undefined && !hasName(owner, name) && !(process !== undefined && hasName(process, name))) return false;
    return uid === undefined || process?.uid === uid;
  };
}
