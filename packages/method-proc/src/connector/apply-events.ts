import { createChangeApplier } from "./apply-change.ts";
import type { ApplyContext } from "./apply-context.ts";
import { createExecApplier } from "./apply-exec.ts";
import { checkLateExits, createExitApplier } from "./apply-exit.ts";
import { createForkApplier } from "./apply-fork.ts";
import type { HeldEvent } from "./event-window.ts";
import { createPartialReads } from "./partial-reads.ts";
import { createProcessEnds } from "./process-ends.ts";

/** Makes of what the kernel tells what happened to processes, and keeps the table up to date. */
export interface EventApplier {
  /**
   * Takes events in the order in which they happened.
   *
   * @param later what is known already to have happened to the process since
   * @param mayRead whether there is time to read a process whole
   */
  apply(held: HeldEvent, later: readonly HeldEvent[], mayRead: boolean): void;
  /** Reads one of those for which there was no time. Returns false where there is none. */
  completeNext(): boolean;
  /** Looks whether those have ended whose first thread had ended before. */
  checkLate(now: number): void;
  readonly unreadExecs: number;
}

/** Makes an applier. */
export function createEventApplier(parts: Omit<ApplyContext, "ends" | "partial">): EventApplier {
  let unreadExecs = 0;
  const context: ApplyContext = { ...parts, ends: createProcessEnds(parts), partial: createPartialReads(parts) };
  const applyFork = createForkApplier(context);
  const applyExec = createExecApplier(context, () => unreadExecs++);
  const applyExit = createExitApplier(context);
  const applyChange = createChangeApplier(context);

  return {
    get unreadExecs() {
      return unreadExecs;
    },
    apply(held, later, mayRead) {
      const { event } = held;
      switch (event.type) {
        case "thread-exit":
          return;
        case "fork":
          return applyFork(event, held, later, mayRead);
        case "exec":
          return applyExec(event, held, later, mayRead);
        case "exit":
          return applyExit(event, held, later);
        default:
          return applyChange(event);
      }
    },
    completeNext: context.partial.completeNext,
    checkLate: (now) => checkLateExits(context, now),
  };
}
