import type { CheckedConnection, Procfs, Visibility } from "@procmon/core";
import type { SearchAnswer } from "./owner-search.ts";

/** How the searcher is made. */
export interface SearchSettings {
  readonly procfs: Procfs;
  /** Whether to look for the native half. */
  readonly native: boolean;
}

/** A question to the searcher. */
export interface SearchRequest {
  readonly id: number;
  readonly connections: readonly CheckedConnection[];
}

/** What it has done so far. */
export interface SearchCounters {
  readonly passes: number;
  readonly nativePasses: number;
  readonly tableReads: number;
  readonly tableQueries: number;
  readonly tableDumps: number;
  readonly tableFailures: number;
}

/** What the searcher says. */
export type SearchReply =
  | { readonly type: "ready" }
  | {
      readonly type: "answers";
      readonly id: number;
      /** In the order of the question. */
      readonly answers: readonly SearchAnswer[];
      /** The last pid that had been given away when the search began; see `LastPid`. */
      readonly lastPid: number | undefined;
      /** Absent before the first pass. */
      readonly visibility?: Visibility;
      readonly counters: SearchCounters;
    }
  | { readonly type: "failed"; readonly id: number; readonly error: unknown };
