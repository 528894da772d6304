import { type ProcStat, readProcessOnce } from "@procmon/core";
import { hasOtherImage, imageFacts, type KnownProcess } from "../events/process-table.ts";
import type { ApplyContext, EventOf } from "./apply-context.ts";
import { capturedStat, statNow } from "./captured-stat.ts";
import type { HeldEvent } from "./event-window.ts";
import { execRecord, imageStat, wholeExec } from "./exec-record.ts";

/** Makes what applies execs. `onUnread` is called for one of which path or arguments are not known. */
export function createExecApplier(
  context: ApplyContext,
  onUnread: () => void,
): (event: EventOf<"exec">, held: HeldEvent, later: readonly HeldEvent[], mayRead: boolean) => void {
  const { procfs, captureEnv, table, late, doubts, clock, ends, partial, emit, onUnknown, onNew } = context;

  function applyExec(event: EventOf<"exec">, held: HeldEvent, later: readonly HeldEvent[], mayRead: boolean): void {
    const { pid, time } = event;
    const own = doubts.resolve(held, later);
    const before = beforeExec(held, later);
    if (before === undefined) {
      onUnknown(pid, "exec", time);
      return;
    }
    const stat = imageStat(own?.stat);
    const isOld = before.readAt >= time;
    // What was read since is this image, unless it is seen to be another that came after.
    if (isOld && !(stat && before.stat && hasOtherImage(stat, before.stat))) return;
    const record = execRecord(before, own);
    const isNewest = mayRead && !isOld && !later.some((other) => other.event.type !== "comm");
    const reading = isNewest && stat ? readProcessOnce(procfs, pid, { captureEnv }) : undefined;
    const isSame =
      reading?.ok &&
      reading.value.stat.startTime === before.startTime &&
      !hasOtherImage(stat as ProcStat, reading.value.stat);
    const process = isSame && own ? wholeExec(reading.value.process, own) : record;
    if ((process.path === undefined || process.args === undefined) && !process.denied) onUnread();
    if (!isOld) {
      const { startTime, ppid, comm } = process;
      const image = imageFacts(process);
      const firstSeen = performance.now();
      table.set({ pid, startTime, ppid, comm, stat, image, isKernel: false, firstSeen, readAt: 0n, ended: false });
      late.delete(pid);
      onNew(pid);
      if (!isSame && !later.some((other) => other.event.type === "exit")) partial.add(pid, time);
    }
    emit({ type: "exec", time: clock.epochAt(time), process, ...(isSame ? { whole: true } : {}) });
  }

  /** The process that ran the executable. One that nobody told of is looked up. */
  function beforeExec(held: HeldEvent, later: readonly HeldEvent[]): KnownProcess | undefined {
    const { pid, time } = held.event;
    const known = table.get(pid);
    const latest = clock.ticksAt(time);
    const stat = capturedStat(clock, held, later);
    const isSame = known && !known.ended && (stat === undefined || stat.startTime === known.startTime);
    if (isSame) return known;
    const live = stat ?? statNow(procfs, pid);
    if (live === undefined || live.startTime > latest) return known?.ended ? undefined : known;
    if (known !== undefined && live.startTime !== known.startTime) ends.forget(known, time);
    const { startTime, ppid, comm } = live;
    const unseen = {
      stat: undefined,
      image: {},
      isKernel: false,
      firstSeen: performance.now(),
      readAt: 0n,
      ended: false,
    };
    return { pid, startTime, ppid, comm, ...unseen };
  }

  return applyExec;
}
