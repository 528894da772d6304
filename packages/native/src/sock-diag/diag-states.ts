/** The states of a socket, by the names of `ss`. `unconnected` is TCP_CLOSE of a datagram socket. */
export type DiagState =
  | "established"
  | "syn-sent"
  | "syn-recv"
  | "fin-wait-1"
  | "fin-wait-2"
  | "time-wait"
  | "close"
  | "close-wait"
  | "last-ack"
  | "listen"
  | "closing"
  | "unconnected";

/** By the number of include/net/tcp_states.h. TCP_NEW_SYN_RECV (12) is a half-open connection too. */
const NAMES: readonly (DiagState | undefined)[] = [
  undefined,
  "established",
  "syn-sent",
  "syn-recv",
  "fin-wait-1",
  "fin-wait-2",
  "time-wait",
  "close",
  "close-wait",
  "last-ack",
  "listen",
  "closing",
  "syn-recv",
];

/** TCP_CLOSE. */
const CLOSE = 7;

/**
 * The name of a state of include/net/tcp_states.h; undefined for a number that is none.
 *
 * @param isTcp tells what TCP_CLOSE means: datagram sockets have no connection to close
 */
export function stateName(code: number, isTcp: boolean): DiagState | undefined {
  return code === CLOSE && !isTcp ? "unconnected" : NAMES[code];
}

/**
 * The bits by which the kernel filters. Without `states` they are those that `/proc/net` lists: not TCP_BOUND_INACTIVE (13, Linux 6.8),
 * which stands for sockets that are bound and do nothing.
 */
export function stateMask(states?: readonly DiagState[]): number {
  let mask = 0;
  for (const [code, name] of NAMES.entries()) {
    if (name && (!states || states.includes(name))) mask |= 1 << code;
  }
  if (states?.includes("unconnected")) mask |= 1 << CLOSE;
  return mask;
}
