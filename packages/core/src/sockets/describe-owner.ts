import type { SocketOwner } from "../connection/ownership.ts";
import { executablePath } from "../process/executable-path.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readComm } from "../procfs/read-comm.ts";
import { readExeLink } from "../procfs/read-process-links.ts";
import { readStartTime } from "../procfs/read-stat.ts";
import type { SocketHolder } from "./held-sockets.ts";

/** Gives a holder its name and executable; undefined where the process has ended. */
export type OwnerDescriber = (holder: SocketHolder) => SocketOwner | undefined;

type Facts = Pick<SocketOwner, "startTime" | "comm" | "path">;

/** Makes a describer that reads each process once. */
export function createOwnerDescriber(procfs: Procfs): OwnerDescriber {
  const known = new Map<number, Facts | undefined>();
  return (holder) => {
    let facts = known.get(holder.pid);
    if (facts?.startTime !== holder.startTime) {
      facts = readFacts(procfs, holder);
      known.set(holder.pid, facts);
    }
    return facts && describe(holder, facts);
  };
}

/** Written out: of this, one is made for each socket of a snapshot. */
function describe({ pid, startTime, fd, tid }: SocketHolder, { comm, path }: Facts): SocketOwner {
  const owner: { -readonly [Key in keyof SocketOwner]: SocketOwner[Key] } = { pid, startTime };
  if (fd !== undefined) owner.fd = fd;
  if (tid !== undefined) owner.tid = tid;
  if (comm !== undefined) owner.comm = comm;
  if (path !== undefined) owner.path = path;
  return owner;
}

function readFacts(procfs: Procfs, { pid, startTime, tid }: SocketHolder): Facts | undefined {
  const comm = readComm(procfs, pid);
  const exe = readExeLink(procfs, pid, tid);
  const path = exe.ok ? executablePath(procfs, pid, exe.value) : undefined;
  // The holder lives still, so its pid was not used again in between, and all this is its own.
  if (!comm.ok || readStartTime(procfs, pid) !== startTime) return undefined;
  return { startTime, comm: comm.value, ...(path === undefined ? {} : { path }) };
}
