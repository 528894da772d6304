/**
 * What rules of ours can make the kernel record. What that costs is paid by who does it: 2–5 µs for each record that is made (`npm run bench --
 * audit-cost`); and every system call of the machine costs about 0.05 µs more, once there is a rule at all.
 * - `exec`, `fork`, `exit`: processes that run an executable, make another process (or thread), or end. Together a fifth of what fork, exec and
 *   exit take.
 * - `socket`: sockets of IPv4 and IPv6 that are made. Here and below, what else has a family between these two is recorded, too: X.25 and the like.
 * - `connect`, `bind`: these calls with an address of IPv4 or IPv6.
 * - `accept`, `listen`: these calls; of unix sockets, too, since a rule cannot tell. A connection over the loopback, with both its ends and the
 *   socket recorded, takes two to three times as long.
 * - `send`: datagrams that are sent to an address of IPv4 or IPv6 (sendto, sendmsg, sendmmsg): four records for each, which takes seven times as
 *   long. What is sent on a connected socket is not recorded.
 *
 * Calls of x32 programs have no place in a rule.
 */
export const ACTIVITIES = ["exec", "fork", "exit", "socket", "connect", "accept", "bind", "listen", "send"] as const;

/** One of {@link ACTIVITIES}. */
export type AuditActivity = (typeof ACTIVITIES)[number];

/**
 * What is recorded unless told otherwise: all but `send`. The others happen a few times in the life of a connection; datagrams come by the ten
 * thousand, and their records would push all others out.
 */
export const DEFAULT_ACTIVITIES: readonly AuditActivity[] = ACTIVITIES.filter((activity) => activity !== "send");
