/** `/proc/<pid>/io` (proc_pid_io(5)), since the process started. */
export interface ProcIo {
  /** Bytes read by read(2) and its like, from whatever. */
  readonly rchar: number;
  /** Bytes written by write(2) and its like, to whatever. */
  readonly wchar: number;
  /** Read system calls. */
  readonly syscr: number;
  /** Write system calls. */
  readonly syscw: number;
  /** Bytes fetched from storage. */
  readonly readBytes: number;
  /** Bytes sent to storage. */
  readonly writeBytes: number;
  /** Bytes that were never written because the file was truncated or removed before. */
  readonly cancelledWriteBytes: number;
}

/** Parses `/proc/<pid>/io`; undefined for anything that is none. */
export function parseIo(bytes: Buffer): ProcIo | undefined {
  const numbers = new Map<string, number>();
  for (const line of bytes.toString("latin1", 0, 4096).split("\n")) {
    const match = /^(\w{1,30}): (\d{1,20})$/.exec(line);
    if (match?.[1] !== undefined) numbers.set(match[1], Number(match[2]));
  }
  const rchar = numbers.get("rchar");
  const wchar = numbers.get("wchar");
  if (rchar === undefined || wchar === undefined) return undefined;
  return {
    rchar,
    wchar,
    syscr: numbers.get("syscr") ?? 0,
    syscw: numbers.get("syscw") ?? 0,
    readBytes: numbers.get("read_bytes") ?? 0,
    writeBytes: numbers.get("write_bytes") ?? 0,
    cancelledWriteBytes: numbers.get("cancelled_write_bytes") ?? 0,
  };
}
