/** How a process ended. */
export interface ExitStatus {
  /** 0–255, where it ended by itself. */
  readonly exitCode?: number;
  /** The signal that ended it. */
  readonly signal?: number;
}

/** Of a status as waitpid(2) gives it: the lowest seven bits are the signal, bit 7 tells of a core dump, the next eight are the code. */
export function exitOf(status: number): ExitStatus {
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: (status >> 8) & 0xff } : { signal };
}
