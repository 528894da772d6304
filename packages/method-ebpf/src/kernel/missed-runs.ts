import type { BpfObject } from "@procmon/native";
import { HOOKS, type HookName } from "../hooks/hooks.ts";

/** How often a program at a tracepoint was passed over, since an interrupt came while it ran, and what it would have told is lost. */
export type ReadMissedRuns = () => number;

/** Has two programs for all that interrupts bring: of each change at least one of them is told, and so nothing is lost when one is passed over. */
const TOLD_TWICE: HookName = "tcp";

/** Makes the reader of a loaded object's programs. The kernel runs programs of the other kinds always. */
export function createMissedRuns(object: Pick<BpfObject, "missedRuns">, live: ReadonlySet<HookName>): ReadMissedRuns {
  const programs = HOOKS.filter(
    ({ name, kind }) => kind === "tracepoint" && name !== TOLD_TWICE && live.has(name),
  ).flatMap((hook) => hook.programs);
  return () => programs.reduce((sum, program) => sum + object.missedRuns(program), 0);
}
