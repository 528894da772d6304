/** `/proc/<pid>/statm` (proc_pid_statm(5)). All in pages. */
export interface ProcStatm {
  /** Total program size. */
  readonly size: number;
  readonly resident: number;
  /** Resident pages that are backed by a file or shared memory. */
  readonly shared: number;
  /** Code. */
  readonly text: number;
  /** Data and stack. */
  readonly data: number;
}

/** Parses `/proc/<pid>/statm`; undefined for anything that is none. */
export function parseStatm(bytes: Buffer): ProcStatm | undefined {
  const match = /^(\d{1,15}) (\d{1,15}) (\d{1,15}) (\d{1,15}) \d{1,15} (\d{1,15})(?: \d{1,15})?\s?$/.exec(
    bytes.toString("latin1", 0, 200),
  );
  if (match === null) return undefined;
  const [size, resident, shared, text, data] = match.slice(1).map(Number) as [number, number, number, number, number];
  return { size, resident, shared, text, data };
}
