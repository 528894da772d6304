import { PF_FORKNOEXEC, PF_KTHREAD, type Process, readProcessOnce } from "@procmon/core";
import { hasOtherImage, imageFacts, type KnownProcess } from "../events/process-table.ts";
import type { ApplyContext, EventOf } from "./apply-context.ts";
import { earliestStat } from "./captured-stat.ts";
import type { HeldEvent } from "./event-window.ts";
import { imageStat } from "./exec-record.ts";

/** Makes what applies forks: a child runs what its parent ran at that moment. */
export function createForkApplier(
  context: ApplyContext,
): (event: EventOf<"fork">, held: HeldEvent, later: readonly HeldEvent[], mayRead: boolean) => void {
  const { procfs, captureEnv, table, late, clock, ends, partial, emit, onNew } = context;

  function applyFork(event: EventOf<"fork">, held: HeldEvent, later: readonly HeldEvent[], mayRead: boolean): void {
    const { pid, parent, time } = event;
    const before = table.get(pid);
    if (before !== undefined && before.readAt >= time) return;
    const stat = earliestStat(procfs, clock, held, later);
    const startTime = stat?.startTime ?? clock.ticksAt(time);
    // It was there to be read a moment before the kernel told of it.
    if (before !== undefined && before.readAt > 0n && before.startTime === startTime && !before.ended) return;
    if (before !== undefined) ends.endBefore(before, time, later);
    late.delete(pid);
    const own = stat !== undefined && stat.flags & PF_FORKNOEXEC ? stat : undefined;
    const from = parentAt(parent, time);
    const isKernel = own ? (own.flags & PF_KTHREAD) !== 0 : from?.isKernel === true;
    const known: KnownProcess = {
      pid,
      startTime,
      ppid: parent,
      comm: own?.comm ?? (event.byLeader && from ? from.comm : ""),
      stat: imageStat(own),
      image: from?.image ?? {},
      isKernel,
      firstSeen: performance.now(),
      readAt: 0n,
      ended: false,
    };
    table.set(known);
    onNew(pid);
    if (isKernel) return;
    const whole = mayRead && later.length === 0 ? readForked(known) : undefined;
    if (!whole && !hasEnded(later)) partial.add(pid, time);
    const { comm, ppid, image } = known;
    const process = whole ?? { pid, startTime, ppid, comm, ...image };
    const parentStart = from && { parentStart: from.startTime };
    emit({ type: "fork", time: clock.epochAt(time), process, ...(whole ? { whole: true } : {}), ...parentStart });
  }

  /** What was forked from, as it was then; the arguments of those that were there before anybody looked are read now. */
  function parentAt(pid: number, time: bigint): KnownProcess | undefined {
    const known = table.get(pid);
    if (known === undefined || known.readAt > time) return undefined;
    if (known.isKernel || known.stat === undefined || known.readAt === 0n || known.image.args) return known;
    const reading = readProcessOnce(procfs, pid);
    const isSame = reading.ok && !hasOtherImage(known.stat, reading.value.stat);
    if (!isSame || reading.value.stat.startTime !== known.startTime) return known;
    const complete = { ...known, image: { args: [], ...imageFacts(reading.value.process) } };
    table.set(complete);
    return complete;
  }

  function readForked(known: KnownProcess): Process | undefined {
    const reading = readProcessOnce(procfs, known.pid, { captureEnv });
    if (!reading.ok) return undefined;
    const { stat, process } = reading.value;
    if (stat.startTime !== known.startTime || !(stat.flags & PF_FORKNOEXEC)) return undefined;
    table.set({ ...known, stat, image: imageFacts(process) });
    return { ...process, ppid: known.ppid };
  }

  return applyFork;
}

function hasEnded(later: readonly HeldEvent[]): boolean {
  return later.some(({ event }) => event.type === "exit");
}
