import {
  createOwnerDescriber,
  type OwnerDescriber,
  type ProcessIdentity,
  type Procfs,
  type SocketOwner,
} from "@procmon/core";

/** Gives a process its name and executable; undefined for one that has ended, or is not known. */
export type DescribeProcess = (identity: ProcessIdentity) => SocketOwner | undefined;

/** Describes holders by what is known of their processes, and those that are not known by what `/proc` tells. Each process is asked for once. */
export function createHolderDescriber(describe: DescribeProcess, procfs: Procfs): OwnerDescriber {
  const known = new Map<number, SocketOwner>();
  let fromProcfs: OwnerDescriber | undefined;
  return (holder) => {
    const { pid, startTime, fd, tid } = holder;
    let process = known.get(pid);
    if (process?.startTime !== startTime) {
      process = describe(holder);
      if (process === undefined) {
        fromProcfs ??= createOwnerDescriber(procfs);
        return fromProcfs(holder);
      }
      known.set(pid, process);
    }
    // Written out: of this, one is made for each socket of a snapshot.
    const owner: { -readonly [Key in keyof SocketOwner]: SocketOwner[Key] } = { pid, startTime };
    if (fd !== undefined) owner.fd = fd;
    if (tid !== undefined) owner.tid = tid;
    if (process.comm !== undefined) owner.comm = process.comm;
    if (process.path !== undefined) owner.path = process.path;
    return owner;
  };
}
