import type { SocketEntry, SocketState } from "@procmon/core";
import { ownersOf } from "../output/owners.ts";

/** The kinds of sockets that `ls` tells apart, as the flags of ss(8) do. */
export type SocketKind = "tcp" | "udp" | "raw" | "unix" | "packet" | "sctp";

/** What to keep of a snapshot. Several conditions must all hold. */
export interface SocketConditions {
  /** @default every kind */
  readonly kinds?: ReadonlySet<SocketKind>;
  /** The version of IP of the socket's family; leaves out what is no IP socket. @default both */
  readonly ipVersions?: ReadonlySet<4 | 6>;
  /**
   * `connected`: neither listening nor closed, nor only half there (TIME_WAIT, SYN_RECV). `listening`: waiting for
   * peers. As ss(8) without flags, and with `-l`.
   */
  readonly states: "connected" | "listening" | "all";
  readonly pid?: number;
  /** The port of either end. */
  readonly port?: number;
  readonly uid?: number;
}

/** The kind that a socket belongs to: UDP-Lite goes with `udp`, ICMP with `raw`. */
export function kindOf(socket: SocketEntry): SocketKind {
  if (socket.family !== "inet") return socket.family;
  const protocol = socket.connection.protocol.replace(/6$/, "");
  switch (protocol) {
    case "tcp":
    case "sctp":
    case "packet":
      return protocol;
    case "udp":
    case "udplite":
      return "udp";
    default:
      return "raw";
  }
}

const LISTENING: readonly SocketState[] = ["listen", "unconnected", "close"];
const NOT_CONNECTED: readonly SocketState[] = [...LISTENING, "time-wait", "syn-recv"];

/** Tells which sockets meet the conditions. */
export function createSocketFilter(conditions: SocketConditions): (socket: SocketEntry) => boolean {
  const { kinds, ipVersions, states, pid, port, uid } = conditions;
  return (socket) => {
    if (states === "connected" && NOT_CONNECTED.includes(socket.state)) return false;
    if (states === "listening" && !LISTENING.includes(socket.state)) return false;
    if (kinds !== undefined && !kinds.has(kindOf(socket))) return false;
    if (ipVersions !== undefined) {
      if (socket.family !== "inet") return false;
      if (!ipVersions.has(socket.connection.protocol.endsWith("6") ? 6 : 4)) return false;
    }
    if (uid !== undefined && socket.uid !== uid) return false;
    if (port !== undefined) {
      if (socket.family !== "inet") return false;
      if (socket.connection.srcPort !== port && socket.connection.dstPort !== port) return false;
    }
    return pid === undefined || ownersOf(socket.ownership).some((owner) => owner.pid === pid);
  };
}

/** The families that must be read to find these kinds of sockets. */
export function familiesOf(kinds: ReadonlySet<SocketKind> | undefined, ip: boolean): readonly SocketEntry["family"][] {
  if (kinds === undefined) return ip ? ["inet"] : ["inet", "unix", "packet"];
  const families = new Set<SocketEntry["family"]>();
  for (const kind of kinds) families.add(kind === "unix" || kind === "packet" ? kind : "inet");
  return [...families];
}
