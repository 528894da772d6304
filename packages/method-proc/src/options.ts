import { ProcmonError } from "@procmon/core";

/** Options of {@link procMethod}. */
export interface ProcMethodOptions {
  /**
   * Milliseconds between two looks for events, at least; 10–60000. Where a look takes long they become rarer, so that they
   * take a fifth of one processor at most. @default 250
   */
  readonly pollMs?: number;
  /**
   * Read `/proc` in a worker thread. Without it, each lookup and snapshot blocks the event loop for as long as it reads, and
   * nothing has to be started: right for a program that asks once and ends. @default true
   */
  readonly worker?: boolean;
}

/** The options with their defaults. @throws ProcmonError `INVALID_OPTION` */
export function checkOptions(options: ProcMethodOptions = {}): Required<ProcMethodOptions> {
  const { pollMs = 250, worker = true } = options;
  if (!Number.isFinite(pollMs) || pollMs < 10 || pollMs > 60_000) {
    throw new ProcmonError({
      code: "INVALID_OPTION",
      message: `pollMs cannot be ${String(pollMs)}.`,
      remedy: "Give a number of milliseconds from 10 to 60000.",
    });
  }
  if (typeof worker !== "boolean") {
    throw new ProcmonError({ code: "INVALID_OPTION", message: "worker must be true or false." });
  }
  return { pollMs, worker };
}
