/**
 * The protocols of a connection. A `6` at the end means a socket of the family AF_INET6; it may
 * carry IPv4 (`::ffff:a.b.c.d`).
 */
export const PROTOCOLS = [
  "tcp",
  "tcp6",
  "udp",
  "udp6",
  "udplite",
  "udplite6",
  "icmp",
  "icmp6",
  "raw",
  "raw6",
  "sctp",
  "packet",
] as const;

/** One of {@link PROTOCOLS}. */
export type Protocol = (typeof PROTOCOLS)[number];
