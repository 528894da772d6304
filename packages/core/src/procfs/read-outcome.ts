/** Why a file of `/proc` could not be read: the process has vanished (`gone`), or may not be looked at (`denied`). */
export type ReadFailure = "gone" | "denied" | "failed";

/** What came of reading: a value, or the reason why there is none. Never an exception. */
export type ReadOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ReadFailure };

/** The reason behind an error of `node:fs`. */
export function readFailure(error: unknown): ReadFailure {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
    case "ESRCH":
      return "gone";
    case "EACCES":
    case "EPERM":
      return "denied";
    default:
      return "failed";
  }
}
