import type { MethodCapabilities } from "@procmon/core";
import type { AuditActivity } from "./rules/activities.ts";

/** What audit records do not tell, whatever the rules. */
const ALWAYS = [
  "What a process does through io_uring leaves no record.",
  "A process that was there before auditing was first turned on since the machine started leaves no record itself; its children do.",
  "Calls of x32 programs leave no record.",
  "This process itself is not watched.",
  "Whom a datagram came from is not told, and who sends on a connected socket is told when it connects.",
  "Of datagrams that one call sends to several peers the last is told; and what TCP fast open sends with the first packet is not told as a connect.",
  "Where a process is gone before its record arrives, its start time is that of its first record, the local end of its connection may be unknown, and the network namespace is the last one that the process, or its parent, was seen in.",
  "Who was given a socket over a unix socket is found once a search is needed: while the one who had it before still holds it, that one alone may be named.",
  "When a connection ends, and how many bytes it carried, is not told.",
];

/** What is not seen without a kind of rule. */
const WITHOUT: Readonly<Partial<Record<AuditActivity, string>>> = {
  exec: "Which executables processes start is not told.",
  fork: "Processes that run their parent's executable on are known only once they do something that is recorded.",
  exit: "The end of a process is found by looking once a second, and how it ended is not known.",
  socket: "Of a process that is gone already, TCP is assumed where the protocol is not known.",
  connect: "Connects are not told.",
  accept: "Accepted connections are not told.",
  listen: "Listeners are not told.",
  send: "Datagrams of unconnected sockets are not told.",
};

/** What is said where there are no rules of ours. */
const PASSIVE = "Only what the audit rules of this machine record is seen.";

/** As far as they are known: before the start, what the options promise. */
export interface CapabilityFacts {
  /** What rules of ours record; empty where there are none. */
  readonly activities: readonly AuditActivity[];
  /** Sentences about rules of others that hide something. */
  readonly hidden?: readonly string[];
}

type Events = { -readonly [Type in keyof MethodCapabilities["events"]]: MethodCapabilities["events"][Type] };

/** What the method can see. */
export function capabilitiesOf({ activities, hidden = [] }: CapabilityFacts): MethodCapabilities {
  const isPassive = activities.length === 0;
  return {
    events: isPassive ? PASSIVE_EVENTS : eventsOf(new Set(activities)),
    protocols: ["tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "icmp", "icmp6", "raw", "raw6", "packet"],
    execSafe: activities.includes("exec"),
    networkNamespaces: "all",
    blindSpots: [...hidden, ...(isPassive ? [PASSIVE] : missingSpots(activities)), ...ALWAYS],
  };
}

function missingSpots(activities: readonly AuditActivity[]): readonly string[] {
  return Object.entries(WITHOUT)
    .filter(([activity]) => !activities.includes(activity as AuditActivity))
    .map(([, sentence]) => sentence);
}

function eventsOf(activities: ReadonlySet<AuditActivity>): Events {
  // The end of a process that a signal ends is found by looking.
  const events: Events = { exit: "polled" };
  if (activities.has("exec")) events.exec = "complete";
  if (activities.has("fork")) events.fork = "complete";
  if (activities.has("connect")) events.connect = "complete";
  if (activities.has("accept")) events.accept = "complete";
  if (activities.has("listen")) events.listen = "complete";
  if (activities.has("send") && activities.has("connect")) events.flow = "complete";
  else if (activities.has("send") || activities.has("connect")) events.flow = "polled";
  return events;
}

/** Nothing is promised of what others decide. */
const PASSIVE_EVENTS: Events = {
  exec: "polled",
  fork: "polled",
  exit: "polled",
  connect: "polled",
  accept: "polled",
  listen: "polled",
  flow: "polled",
};
