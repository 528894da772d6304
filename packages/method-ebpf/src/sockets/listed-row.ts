import type { InetSocketRow } from "@procmon/core";
import { isInTables, type ListedSocket } from "./socket-list.ts";

/** A listed socket as a line of `/proc/net`; undefined for one that has none there. */
export function rowOf(socket: ListedSocket): InetSocketRow | undefined {
  const { connection, state, inode, uid, receiveQueue, sendQueue } = socket;
  if (connection === undefined || !isInTables(socket)) return undefined;
  const { protocol, srcIp, srcPort, dstIp, dstPort } = connection;
  if (protocol === "sctp" || protocol === "packet") return undefined;
  return { protocol, srcIp, srcPort, dstIp, dstPort, state, inode, uid, receiveQueue, sendQueue };
}
