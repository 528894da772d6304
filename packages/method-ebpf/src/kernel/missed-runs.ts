import type { BpfObject } from "@procmon/native";
import { HOOKS, type HookName } from "../hooks/hooks.ts";

/** How often a program at a tracepoint was passed over, since an interrupt came while it ran: what it would have told is not known. */
export type ReadMissedRuns = () => number;

/** Makes the reader of a loaded object's programs. The kernel runs programs of the other kinds always. */
export function createMissedRuns(object: BpfObject, live: ReadonlySet<HookName>): ReadMissedRuns {
  const programs = HOOKS.filter(({ name, kind }) => kind === "tracepoint" && live.has(name)).flatMap(
    (hook) => hook.programs,
  );
  return () => programs.reduce((sum, program) => sum + object.missedRuns(program), 0);
}
