import type { InetSocketRow } from "@procmon/core";

/** What a socket does, as the event that tells of it is named. */
export type ConnectionUse = "connect" | "accept" | "listen" | "flow";

/**
 * What a row tells that its socket does; undefined for one that does nothing yet, as an unconnected datagram socket: whom that
 * sends to, no table tells.
 *
 * @param hasListener whether a socket listens at the same local port in the same namespace: then the connection came in by it.
 */
export function connectionUse(row: InetSocketRow, hasListener: boolean): ConnectionUse | undefined {
  if (row.state === "listen") return "listen";
  if (!row.protocol.startsWith("tcp")) return row.state === "established" ? "flow" : undefined;
  if (row.state === "close" || row.state === "time-wait") return undefined;
  return hasListener && row.state !== "syn-sent" ? "accept" : "connect";
}
