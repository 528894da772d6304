import { readCredentials, userName } from "@procmon/core";
import type { ScannedChange } from "../scan/scan-messages.ts";
import type { ApplyContext, EventOf } from "./apply-context.ts";

/** Makes what applies changes of the name and of the ids. */
export function createChangeApplier({
  procfs,
  table,
  clock,
  emit,
}: ApplyContext): (event: EventOf<"uid" | "gid" | "comm">) => void {
  function applyIds({ type, pid, time, effective }: EventOf<"uid" | "gid">): void {
    const read = readCredentials(procfs, pid);
    const ids = read.ok ? (type === "uid" ? read.value.uids : read.value.gids) : undefined;
    const all = ids?.effective === effective ? { real: ids.real, effective, saved: ids.saved } : undefined;
    const user = type === "uid" ? userName(effective) : undefined;
    change(pid, time, {
      [type]: effective,
      ...(all === undefined ? {} : { [`${type}s`]: all }),
      ...(user === undefined ? {} : { user }),
    });
  }

  function change(pid: number, time: bigint, facts: ScannedChange["facts"]): void {
    const known = table.get(pid);
    if (known === undefined || known.ended || known.readAt >= time) return;
    if (facts.comm !== undefined) table.set({ ...known, comm: facts.comm });
    const identity = { pid, startTime: known.startTime };
    emit({ type: "change", time: clock.epochAt(time), identity, facts });
  }

  return (event: EventOf<"uid" | "gid" | "comm">): void => {
    if (event.type === "comm") change(event.pid, event.time, { comm: event.comm });
    else applyIds(event);
  };
}
