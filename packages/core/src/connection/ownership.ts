import type { ProcessIdentity } from "../process/process-identity.ts";

/** The path of a connection that the kernel itself owns. The original's constant of this name. */
export const KERNEL_CONNECTION = "Kernel connection";

/** A process that holds a socket, and by which descriptor. */
export interface SocketOwner extends ProcessIdentity {
  readonly comm?: string;
  /** The executable, as in `Process.path`. */
  readonly path?: string;
  /** The lowest descriptor of the process that is this socket. */
  readonly fd?: number;
  /** The thread that holds the descriptor, where it has a descriptor table of its own. */
  readonly tid?: number;
}

/**
 * One or more processes hold the socket.
 */
export interface ProcessOwnership {
  readonly kind: "process";
  /**
   * `exact`: this very socket has this very tuple. `derived`: concluded, for example from a
   * socket that is bound to a wildcard address, or from the listener of a connection that nobody has accepted yet.
   */
  readonly confidence: "exact" | "derived";
  /**
   * How the answer was found: `ebpf`, `audit`, or for method-proc `inode-cache`, `recent-process`, `scan`, and `listener` where
   * the answer is the listener, of a connection that no process has accepted.
   * A third party's method uses words of its own.
   */
  readonly via: string;
  /** Lowest pid first. */
  readonly owners: readonly [SocketOwner, ...SocketOwner[]];
}

/** A socket of the kernel itself: no process holds it, and none could. */
export interface KernelOwnership {
  readonly kind: "kernel";
  readonly path: typeof KERNEL_CONNECTION;
  readonly via: string;
}

/**
 * Why there is no owner:
 * - `not-found`: no socket has this tuple.
 * - `time-wait`: the connection is over; only its TIME_WAIT is left.
 * - `orphaned`: the process has closed the socket and the kernel is still finishing the connection.
 * - `unheld`: the socket is there, but no process was seen to hold it: its holder
 *   ended or passed it on meanwhile.
 * - `ambiguous`: sockets that could be it exist (`candidates`), but nothing tells which one it is,
 *   as with unconnected raw sockets.
 */
export type NoOwnerReason = "not-found" | "time-wait" | "orphaned" | "unheld" | "ambiguous";

/** Nobody owns it, or nobody is known to. */
export interface NoOwnership {
  readonly kind: "none";
  readonly reason: NoOwnerReason;
  /** Who owned it when it was last seen. */
  readonly lastOwner?: SocketOwner;
  /** Who might own it, with `ambiguous`; never to be taken for an answer. */
  readonly candidates?: readonly SocketOwner[];
}

/** A socket is there, but its owner may not be looked at. */
export interface HiddenOwnership {
  readonly kind: "hidden";
  /** The user who owns the socket, where the kernel tells. */
  readonly uid?: number;
  /** The privilege that would show it, for example `CAP_SYS_PTRACE`. */
  readonly requires: string;
}

/** The answer to "which process is behind this connection?". */
export type Ownership = ProcessOwnership | KernelOwnership | NoOwnership | HiddenOwnership;
