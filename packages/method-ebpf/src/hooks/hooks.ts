/** Programs that are of use together only. */
export interface Hook {
  readonly name: HookName;
  /** Programs of the object. */
  readonly programs: readonly string[];
  /** How they are attached; a `list` runs only when it is asked for. */
  readonly kind: "tracepoint" | "cgroup" | "syscall" | "list";
  /** False where everything else works without it. */
  readonly required: boolean;
  /** What it tells. */
  readonly gives: string;
  /** What is lost without it. */
  readonly cost: string;
}

/** The name of a hook. */
export type HookName =
  | "processes"
  | "process-list"
  | "tcp"
  | "connect"
  | "socket-list"
  | "traffic-list"
  | "accept"
  | "connect-result"
  | "datagrams"
  | "payload"
  | "raw-destinations"
  | "packet-sockets";

/**
 * All hooks, the most needed first. They are attached in this order, and so are the programs of each: what tells of an end comes before what
 * tells of a beginning, so that whatever is told to begin is also told to end.
 */
export const HOOKS: readonly Hook[] = [
  {
    name: "processes",
    programs: ["on_exit", "on_exec", "on_fork"],
    kind: "tracepoint",
    required: true,
    gives: "each process with its path and arguments, when it begins and when it ends",
    cost: "Nothing can be told of processes.",
  },
  {
    name: "tcp",
    programs: ["on_tcp_state"],
    kind: "tracepoint",
    required: true,
    gives: "each TCP connection and listener, and who owns it",
    cost: "Nothing can be told of connections.",
  },
  {
    name: "connect",
    programs: ["on_sockops"],
    kind: "cgroup",
    required: false,
    gives: "each outgoing TCP connection before its first packet leaves",
    cost: "An outgoing connection is told, and found, only once the peer has answered.",
  },
  {
    name: "datagrams",
    programs: [
      "on_socket_release",
      "on_socket_create",
      "on_bind4",
      "on_bind6",
      "on_sendmsg4",
      "on_sendmsg6",
      "on_recvmsg4",
      "on_recvmsg6",
    ],
    kind: "cgroup",
    required: true,
    gives: "each flow of UDP and UDP-Lite, and who owns these, raw and ICMP sockets",
    cost: "Nothing can be told of datagrams.",
  },
  {
    name: "socket-list",
    programs: ["list_sockets"],
    kind: "list",
    required: true,
    gives: "the sockets that are there already",
    cost: "What began before the start has no owner.",
  },
  {
    name: "process-list",
    programs: ["list_processes"],
    kind: "list",
    required: false,
    gives: "the processes that are there already, all at once",
    cost: "At the start, and after a loss, processes are read from /proc, which takes longer.",
  },
  {
    name: "traffic-list",
    programs: ["list_traffic"],
    kind: "list",
    required: false,
    gives: "the payload of each connection so far",
    cost: "Bytes are told only when a connection ends; procmon top cannot count.",
  },
  {
    name: "accept",
    programs: ["on_accept", "on_accept4"],
    kind: "syscall",
    required: false,
    gives: "which process accepts a connection",
    cost: "A connection that is accepted has the listener's owner until it is first used.",
  },
  {
    name: "connect-result",
    programs: ["on_connect_enter", "on_connect_exit"],
    kind: "syscall",
    required: false,
    gives: "connects that fail before a packet leaves, and the ends of connected UDP sockets",
    cost: "A connect without a route to its target is not told.",
  },
  {
    name: "payload",
    programs: ["on_send_length", "on_recv_length"],
    kind: "tracepoint",
    required: false,
    gives:
      "the payload of datagrams, connected datagram sockets, senders of packet sockets, and who uses a socket that was passed on",
    cost: "The bytes of datagrams, flows of connected UDP sockets and packet sockets are not told (Linux 6.3 and later do).",
  },
  {
    name: "raw-destinations",
    programs: ["on_egress"],
    kind: "cgroup",
    required: false,
    gives: "where raw and ICMP sockets send to",
    cost: "Flows of raw and ICMP sockets are not told.",
  },
  {
    name: "packet-sockets",
    programs: ["on_packet_release"],
    kind: "tracepoint",
    required: false,
    gives: "when packet sockets are closed",
    cost: "The end of what packet sockets send is not told.",
  },
];

/** Those that it can do without. */
export const OPTIONAL_HOOKS: readonly HookName[] = HOOKS.filter((hook) => !hook.required).map(({ name }) => name);

/** True for the name of a hook that it can do without. */
export function isOptionalHook(name: unknown): name is HookName {
  return OPTIONAL_HOOKS.some((hook) => hook === name);
}

/** True where each flow is told. Without either of two hooks some would be missing, and so none is told. */
export function tellsFlows(isLive: (name: HookName) => boolean): boolean {
  return isLive("payload") || isLive("raw-destinations");
}
