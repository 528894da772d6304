import type { MethodCapabilities } from "@procmon/core";
import { type HookName, tellsFlows } from "./hooks/hooks.ts";

/** What cannot be seen, whatever hooks there are. */
const ALWAYS = [
  "The directory of a process is the one in which it was started.",
  "Who sent a datagram is not told where its receiver does not ask: then a flow has no peer. Of raw and ICMP sockets it is not told at all.",
  "A connect through io_uring, or with the first data (TCP fast open), that fails before a packet leaves is not told.",
  "A socket that was passed over a unix socket is its former owner's until the new one first uses it.",
  "Packets that a process makes in user space and hands to a network card by itself (AF_XDP, DPDK) are not seen.",
];

/** What is not seen without a hook. */
const WITHOUT: Readonly<Partial<Record<HookName, string>>> = {
  connect: "An outgoing connection is told, and found, only once the peer has answered.",
  accept: "A connection that was accepted has the listener's owner until it is first used.",
  "connect-result": "A connect that fails before a packet leaves is not told.",
  payload: "The bytes of datagrams, and flows of connected UDP sockets and of packet sockets, are not told.",
  "raw-destinations": "Flows of raw and ICMP sockets are not told.",
  "packet-sockets": "The end of what packet sockets send is not told.",
  "traffic-list": "Bytes are told only when a connection ends.",
};

const EVENTS: MethodCapabilities["events"] = {
  exec: "complete",
  fork: "complete",
  exit: "complete",
  connect: "complete",
  accept: "complete",
  listen: "complete",
  close: "complete",
  flow: "complete",
};

function eventsWithout(missing: readonly HookName[]): MethodCapabilities["events"] {
  if (tellsFlows((name) => !missing.includes(name))) return EVENTS;
  const { flow: _, ...others } = EVENTS;
  return others;
}

/**
 * What the method can see.
 *
 * @param events whether it watches
 * @param missing hooks that are not there
 */
export function capabilitiesWith(events: boolean, missing: readonly HookName[]): MethodCapabilities {
  return {
    events: events ? eventsWithout(missing) : {},
    protocols: ["tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "icmp", "icmp6", "raw", "raw6", "packet"],
    execSafe: true,
    networkNamespaces: "all",
    blindSpots: [...missing.flatMap((name) => WITHOUT[name] ?? []), ...ALWAYS],
  };
}
