/** The exit codes of `procmon`. They are part of its interface: a script may rely on them. */
export const EXIT_CODE = {
  /** Something was found; a stream was ended by the user or by its reader. */
  found: 0,
  /** There is nothing of that kind, and nothing was hidden. */
  nothingFound: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** What was asked for is there, or may be, but may not be looked at. */
  notAllowed: 3,
  /** The method asked for cannot run here. */
  methodUnavailable: 4,
  /** The service cannot be offered here (EX_UNAVAILABLE of sysexits(3)). */
  serviceUnavailable: 69,
  /** A fault of Procmon itself (EX_SOFTWARE of sysexits(3)). */
  internal: 70,
  /** The output could not be written, as on a full disk (EX_IOERR of sysexits(3)). */
  outputFailed: 74,
} as const;

/** One of {@link EXIT_CODE}. */
export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
