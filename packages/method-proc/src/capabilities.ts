import type { MethodCapabilities } from "@procmon/core";

/** What reading `/proc` can see, and what it cannot. */
export const CAPABILITIES: MethodCapabilities = {
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
