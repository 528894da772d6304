import {
  KERNEL_CONNECTION,
  type KernelOwnership,
  type NoOwnership,
  type Ownership,
  type Process,
  type ProcessIdentity,
  type SocketOwner,
} from "@procmon/core";
import { SOCKET_FLAGS } from "../records/record-flags.ts";

const KERNEL: KernelOwnership = { kind: "kernel", path: KERNEL_CONNECTION, via: "ebpf" };
const UNHELD: NoOwnership = { kind: "none", reason: "unheld" };

/** A process as the owner of a socket. */
export function socketOwner(identity: ProcessIdentity, process: Process | undefined): SocketOwner {
  const { pid, startTime } = identity;
  if (process === undefined) return { pid, startTime };
  const { comm, path } = process;
  return path === undefined ? { pid, startTime, comm } : { pid, startTime, comm, path };
}

/** The ownership that a record's flags, or those of the table of owners, tell of. */
export function ownershipOf(flags: number, owner: () => SocketOwner): Ownership {
  if (flags & SOCKET_FLAGS.kernel) return KERNEL;
  if (flags & SOCKET_FLAGS.unknownOwner) return UNHELD;
  return flags & SOCKET_FLAGS.ofListener
    ? { kind: "process", confidence: "derived", via: "listener", owners: [owner()] }
    : { kind: "process", confidence: "exact", via: "ebpf", owners: [owner()] };
}
