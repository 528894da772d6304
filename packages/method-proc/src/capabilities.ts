import type { MethodCapabilities } from "@procmon/core";
import type { ProcessSource } from "./scan/scan-messages.ts";

/** What the method can see, and what it cannot, with process events from there. */
export function capabilitiesWith(source: ProcessSource["how"]): MethodCapabilities {
  return source === "connector" ? TOLD : POLLED;
}

const POLLED: MethodCapabilities = {
  events: {
    exec: "polled",
    fork: "polled",
    exit: "polled",
    connect: "polled",
    accept: "polled",
    listen: "polled",
    close: "polled",
    flow: "polled",
  },
  protocols: ["tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "icmp", "icmp6", "raw", "raw6", "packet"],
  execSafe: false,
  networkNamespaces: "all",
  blindSpots: [
    "Processes and connections that begin and end between two looks are not seen as events.",
    "Whom an unconnected UDP, ICMP or raw socket sends to is not known: such flows give no events.",
    "Packet sockets are listed, but no connection can be traced to one.",
    "How many bytes a connection carried, and how a process ended, is not known.",
    "Network namespaces that no process is in, but only a bind mount, a descriptor or a single thread, are not seen.",
  ],
};

/** With the kernel's proc connector. */
const TOLD: MethodCapabilities = {
  ...POLLED,
  events: { ...POLLED.events, exec: "complete", fork: "complete", exit: "complete" },
  blindSpots: [
    "Connections that begin and end between two looks are not seen as events.",
    "Of a process that ends, or runs another executable, within a millisecond the path and the arguments may be missing.",
    ...POLLED.blindSpots.slice(1).map((spot) => spot.replace(", and how a process ended,", "")),
  ],
};
