import { getSystemErrorMap } from "node:util";

/**
 * What came of a connect(2): `done`; `begun` where nobody waited for the end; `failed` where an attempt was made, or the kernel refused to make
 * it; `none` where the call was not about a new connection.
 */
export type ConnectOutcome = "done" | "begun" | "failed" | "none";

const EINPROGRESS = 115;

/** By errno. An interrupted call goes on by itself, or is begun again, which another record tells (ERESTARTSYS, 512, and its like). */
const OUTCOMES: ReadonlyMap<number, ConnectOutcome> = new Map<number, ConnectOutcome>([
  [0, "done"],
  [EINPROGRESS, "begun"],
  [4 /* EINTR */, "begun"],
  [512 /* ERESTARTSYS */, "begun"],
  [513 /* ERESTARTNOINTR */, "begun"],
  [514 /* ERESTARTNOHAND */, "begun"],
  [9 /* EBADF */, "none"],
  [14 /* EFAULT */, "none"],
  [88 /* ENOTSOCK */, "none"],
  [106 /* EISCONN */, "none"],
  [114 /* EALREADY */, "none"],
]);

/** Sorts the errno of a connect, 0 for none. */
export function connectOutcome(errno: number): ConnectOutcome {
  return OUTCOMES.get(errno) ?? "failed";
}

/** Errnos that a connect gives only where the protocol shakes hands: EINPROGRESS, ETIMEDOUT, ECONNREFUSED. */
export function isOfHandshake(errno: number): boolean {
  return errno === EINPROGRESS || errno === 110 || errno === 111;
}

/** The name of an errno, for example `ECONNREFUSED` (errno(3)); one that Node.js does not know is told by its number. */
export function errnoName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `E${errno}`;
}
