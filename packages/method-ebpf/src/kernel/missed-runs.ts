import type { BpfObject } from "@procmon/native";
import { HOOKS, type HookName } from "../hooks/hooks.ts";

/** How often a program at a tracepoint was passed over, since an interrupt came while it ran, so that what it would have told is not known. */
export type ReadMissedRuns = () => number;

/**
 * Makes the reader of a loaded object's programs. Those of other kinds are run always, and where one of them tells the same, nothing is lost.
 * What is not counted then is the end of a connection that is older than the programs: that one of these few ends just then is hardly ever so.
 */
export function createMissedRuns(object: Pick<BpfObject, "missedRuns">, live: ReadonlySet<HookName>): ReadMissedRuns {
  const isLosing = (name: HookName): boolean => live.has(name) && !(name === "tcp" && live.has("connect"));
  const programs = HOOKS.filter(({ name, kind }) => kind === "tracepoint" && isLosing(name)).flatMap(
    (hook) => hook.programs,
  );
  return () => programs.reduce((sum, program) => sum + object.missedRuns(program), 0);
}
