/**
 * Every error code that Procmon throws, with what it means. A code is stable: it keeps its
 * meaning for ever, and a retired one is never used again.
 */
export type ErrorCode =
  /** A connection tuple that cannot exist: protocol, address or port. */
  | "INVALID_CONNECTION"
  /** A pid that is not a positive integer. */
  | "INVALID_PID"
  /** An option whose value makes no sense. */
  | "INVALID_OPTION"
  /** No package of that name could be found. */
  | "METHOD_NOT_INSTALLED"
  /** The package or object is there, but is no monitor method. */
  | "METHOD_INVALID"
  /** The method speaks another version of the contract. */
  | "METHOD_SPEC_UNSUPPORTED"
  /** The method cannot run on this machine or with these privileges. */
  | "METHOD_UNAVAILABLE"
  /** The method was able to run, and failed while starting or running. */
  | "METHOD_FAILED"
  /** The running method does not do what is asked for. */
  | "NOT_SUPPORTED"
  /** None of the methods asked for could be started. */
  | "NO_METHOD"
  /** Bytes that are not the message they should be. */
  | "INVALID_MESSAGE"
  /** A service cannot be offered, or not be reached. */
  | "SERVICE_UNAVAILABLE"
  /** A plugin is broken or collides with another. */
  | "PLUGIN_INVALID"
  /** The call needs a started monitor. */
  | "NOT_STARTED"
  /** The monitor has been stopped; make a new one. */
  | "STOPPED"
  /** `/proc` is missing, is not procfs, or cannot be read at all. */
  | "PROCFS_UNAVAILABLE";
