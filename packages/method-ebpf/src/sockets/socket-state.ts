import type { SocketState } from "@procmon/core";

/** By the number of include/net/tcp_states.h. TCP_NEW_SYN_RECV (12) is a half-open connection too. */
const STATES: readonly (SocketState | undefined)[] = [
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

/** The name of a state; undefined for a number that is none. `isTcp` tells what TCP_CLOSE means: datagram sockets have no connection to close. */
export function socketState(code: number, isTcp: boolean): SocketState | undefined {
  return code === CLOSE && !isTcp ? "unconnected" : STATES[code];
}
