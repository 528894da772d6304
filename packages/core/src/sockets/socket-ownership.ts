import { KERNEL_CONNECTION, type Ownership, type ProcessOwnership, type SocketOwner } from "../connection/ownership.ts";
import { isSameProcess } from "../process/process-identity.ts";
import type { OwnerDescriber } from "./describe-owner.ts";
import type { SocketHolder } from "./held-sockets.ts";
import type { HolderVisibility } from "./holder-visibility.ts";
import type { ConnectionMatch } from "./match-connection.ts";

/** What is known of who holds the sockets in question. */
export interface HolderKnowledge {
  /** Those that were found, by a pass and, where that found none, by a search. */
  holdersOf(inode: number): readonly SocketHolder[];
  readonly describe: OwnerDescriber;
  /**
   * True if the socket was there before and after a search in every place, and the search left no doubt: then nobody
   * holds a socket without holders.
   */
  isSurelyUnheld(inode: number): boolean;
  readonly visibility: Pick<HolderVisibility, "complete" | "requires">;
}

/** As much of a socket as its ownership depends on. */
export interface OwnedSocket {
  readonly inode: number;
  readonly uid?: number;
}

/** The owner of one socket that has an inode. */
export function socketOwnership(
  socket: OwnedSocket,
  knowledge: HolderKnowledge,
  answer: Pick<ProcessOwnership, "confidence" | "via">,
): Ownership {
  const owners: SocketOwner[] = [];
  for (const holder of knowledge.holdersOf(socket.inode)) {
    const owner = knowledge.describe(holder);
    if (owner) owners.push(owner);
  }
  const { confidence, via } = answer;
  if (isNotEmpty(owners)) return { kind: "process", confidence, via, owners };
  const { complete, requires } = knowledge.visibility;
  if (!complete) return { kind: "hidden", ...(socket.uid === undefined ? {} : { uid: socket.uid }), requires };
  if (!knowledge.isSurelyUnheld(socket.inode)) return { kind: "none", reason: "unheld" };
  return { kind: "kernel", path: KERNEL_CONNECTION, via: "no-holder" };
}

/** The owner of a connection, from the sockets that match it. */
export function matchOwnership(match: ConnectionMatch, knowledge: HolderKnowledge, via: string): Ownership {
  if (match.kind === "none") return { kind: "none", reason: match.reason };
  const answer = {
    confidence: match.kind === "sockets" ? match.confidence : ("derived" as const),
    via: (match.kind === "sockets" && match.via) || via,
  };
  const each = match.rows.map((row) => socketOwnership(row, knowledge, answer));
  const [only] = each;
  if (match.kind === "sockets" && only && each.length === 1) return only;

  const held = each.filter((ownership) => ownership.kind === "process");
  const hidden = each.find((ownership) => ownership.kind === "hidden");
  const [first] = held;
  if (!first) return hidden ?? (only?.kind === "none" ? only : { kind: "none", reason: "unheld" });
  const owners = mergeOwners(held.flatMap((ownership) => ownership.owners));
  const shared =
    match.kind === "sockets" || (match.sameOwnerSuffices && held.every((one) => hasOwners(one.owners, owners)));
  // One of several whose holder is not known may be the one.
  if (!shared || held.length < each.length) return { kind: "none", reason: "ambiguous", candidates: owners };
  return { ...first, owners: owners as [SocketOwner, ...SocketOwner[]] };
}

function isNotEmpty(owners: readonly SocketOwner[]): owners is readonly [SocketOwner, ...SocketOwner[]] {
  return owners.length > 0;
}

/** Each process once, lowest pid first. */
function mergeOwners(owners: readonly SocketOwner[]): SocketOwner[] {
  const merged: SocketOwner[] = [];
  for (const owner of owners) {
    if (!merged.some((each) => isSameProcess(each, owner))) merged.push(owner);
  }
  return merged.sort((a, b) => a.pid - b.pid);
}

function hasOwners(some: readonly SocketOwner[], all: readonly SocketOwner[]): boolean {
  return some.length === all.length && some.every((each) => all.some((other) => isSameProcess(each, other)));
}
