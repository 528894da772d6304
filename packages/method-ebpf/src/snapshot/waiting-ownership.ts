import {
  type HolderKnowledge,
  type InetSocketRow,
  matchConnection,
  matchOwnership,
  type OwnerDescriber,
  type Ownership,
} from "@procmon/core";
import { rowOf } from "../sockets/listed-row.ts";
import type { SocketList } from "../sockets/socket-list.ts";

const TIME_WAIT: Ownership = { kind: "none", reason: "time-wait" };

/** Gives the ownership of connections without a socket: over, half open, or not accepted. */
export function createWaitingOwnership(
  list: SocketList,
  describe: OwnerDescriber,
): (row: InetSocketRow, netns: number) => Ownership {
  let listeners: ReadonlyMap<string, readonly InetSocketRow[]> | undefined;
  const knowledge: HolderKnowledge = {
    holdersOf: (inode) => list.byInode.get(inode)?.holders ?? [],
    describe,
    isSurelyUnheld: () => false,
    visibility: { complete: true, requires: "" },
  };
  return (row, netns) => {
    if (row.state === "time-wait") return TIME_WAIT;
    listeners ??= groupListeners(list);
    // A live socket of the same tuple is an entry of its own: this row must not borrow its owner.
    const rows = [row, ...(listeners.get(`${netns} ${row.srcPort}`) ?? [])];
    return matchOwnership(matchConnection({ ...row, netns }, rows), knowledge, "ebpf");
  };
}

/** By network namespace and port. */
function groupListeners(list: SocketList): Map<string, InetSocketRow[]> {
  const groups = new Map<string, InetSocketRow[]>();
  for (const socket of list.byInode.values()) {
    const row = socket.state === "listen" ? rowOf(socket) : undefined;
    if (!row) continue;
    const key = `${socket.netns} ${row.srcPort}`;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
