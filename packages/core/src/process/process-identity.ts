/** What names a process for ever: a pid alone is used again. */
export interface ProcessIdentity {
  /** The thread group's id, in the pid namespace of the reader. */
  readonly pid: number;
  /** When it started, in clock ticks (1/100 s) since boot: field 22 of `/proc/<pid>/stat` (proc_pid_stat(5)). */
  readonly startTime: bigint;
}

/** The identity as one string, for keys: `pid:startTime`. */
export function processKey(identity: ProcessIdentity): string {
  return `${identity.pid}:${identity.startTime}`;
}

/** True if both name the same process. */
export function isSameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTime === b.startTime;
}
