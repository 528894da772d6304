import { ProcmonError } from "@procmon/core";
import type { ProcessEventsOption } from "./scan/scan-messages.ts";

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
  /**
   * Use `@procmon/native` where it is there: socket tables by sock_diag(7), descriptors read by several threads, process events from the
   * kernel. Without it everything is read from `/proc`. @default true
   */
  readonly native?: boolean;
  /**
   * Where process events come from: `connector` is the kernel, which tells of each process however short-lived, and needs `@procmon/native` and
   * the initial pid namespace; `poll` looks again and again. `auto` is the kernel where it tells, else polling. With `connector` the start
   * fails where the kernel does not tell. @default "auto"
   */
  readonly processEvents?: ProcessEventsOption;
}

const PROCESS_EVENTS: readonly unknown[] = ["auto", "connector", "poll"] satisfies ProcessEventsOption[];

/** The options with their defaults. @throws ProcmonError `INVALID_OPTION` */
export function checkOptions(options: ProcMethodOptions = {}): Required<ProcMethodOptions> {
  const { pollMs = 250, worker = true, native = true, processEvents = "auto" } = options;
  if (!Number.isFinite(pollMs) || pollMs < 10 || pollMs > 60_000) {
    throw new ProcmonError({
      code: "INVALID_OPTION",
      message: `pollMs cannot be ${String(pollMs)}.`,
      remedy: "Give a number of milliseconds from 10 to 60000.",
    });
  }
  for (const [name, value] of Object.entries({ worker, native })) {
    if (typeof value === "boolean") continue;
    throw new ProcmonError({ code: "INVALID_OPTION", message: `${name} must be true or false.` });
  }
  if (!PROCESS_EVENTS.includes(processEvents)) {
    throw new ProcmonError({
      code: "INVALID_OPTION",
      message: `processEvents cannot be ${String(processEvents)}.`,
      remedy: `Use one of ${PROCESS_EVENTS.join(", ")}.`,
    });
  }
  return { pollMs, worker, native, processEvents };
}
