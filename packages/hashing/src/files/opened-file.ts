import type { FileIdentity } from "@procmon/core";
import type { FailedHash } from "../threads/hash-outcome.ts";

/** Every number of a file that was looked at. */
export type KnownFile = Required<FileIdentity>;

/** What became of looking for the file of a process. */
export type OpenOutcome =
  | {
      readonly ok: true;
      /** Open for reading. Whoever gets it closes it. */
      readonly fd: number;
      readonly file: KnownFile;
    }
  | FailedHash;
