import { isImageReady, PF_FORKNOEXEC, type Procfs, type ProcStat, readStat } from "@procmon/core";
import { hasOtherImage, isEnded } from "../events/process-table.ts";
import type { EventWindow, HeldEvent } from "./event-window.ts";
import type { ProcCapture } from "./exec-capture.ts";

/** What was read of an image, and whether it is known to be of that one. */
export type Verdict =
  | { readonly own: ProcCapture | undefined }
  /** What comes next will tell, or that the process is seen to run. */
  | "doubtful";

const NOT_OWN: Verdict = { own: undefined };

/**
 * Whether what was read when an exec was told of is of the image that this very exec brought, and of none that came later.
 *
 * The stat is read last, and images only go forward: where it shows this exec's image, all that was read before it is of this one, too. But
 * the kernel changes the image first and tells then, and may be interrupted in between for any time. So the stat may show the next image
 * already, of which nothing has been told. That is known only from what comes next of this process, which comes in order: its next exec,
 * which brings that image or another one; its end; or a sign that it has run on since (see `createDoubts`).
 *
 * @param later the events of the process that came after
 */
export function ownCapture({ event, capture, capturedAt }: HeldEvent, later: readonly HeldEvent[]): Verdict {
  if (capture === undefined) return NOT_OWN;
  const forked = later.find((other) => other.event.type === "fork");
  // The pid may be another's already.
  if (forked !== undefined && forked.event.time <= capturedAt) return NOT_OWN;
  const at = later.findIndex((other) => other.event.type === "exec" || other.event.type === "exit");
  const next = later[at];
  const { stat } = capture;
  if (stat === undefined || stat.state === "Z" || stat.state === "X") {
    if (next === undefined) return "doubtful";
    // It ended meanwhile. By itself: an exec that fails halfway ends by a signal, and may have left another image behind.
    const isOwn = next.event.type === "exit" && (next.event.status & 127) === 0 && capture.args !== undefined;
    return isOwn && !execsAgain(later, at) ? { own: capture } : NOT_OWN;
  }
  if (!isImageReady(stat) || stat.flags & PF_FORKNOEXEC) return NOT_OWN;
  if (next === undefined) return "doubtful";
  if (next.event.type === "exit") {
    // The first thread ends, too, where another one runs an executable.
    const isOver = capturedAt - next.event.time < EXIT_NS && !execsAgain(later, at);
    return isOver ? { own: capture } : NOT_OWN;
  }
  if (next.event.time <= capturedAt || event.type !== "exec") return NOT_OWN;
  const verdict = ownCapture(next, later.slice(at + 1));
  if (verdict === "doubtful") return verdict;
  const after = verdict.own?.stat;
  return after !== undefined && isImageReady(after) && isOther(stat, after) ? { own: capture } : NOT_OWN;
}

/** What is read so much later than the end of a first thread was read of a process that lives. */
const EXIT_NS = 1_000_000n;

function execsAgain(later: readonly HeldEvent[], at: number): boolean {
  const next = later.slice(at + 1).find(({ event: { type } }) => type === "exec" || type === "fork");
  return next?.event.type === "exec";
}

/**
 * The kernel sets where the stack begins twice, before and after it has put the arguments there, and lays it out at random: within this
 * distance it is the same.
 */
const STACK_BYTES = 8n * 1024n * 1024n;

function isOther(a: ProcStat, b: ProcStat): boolean {
  if (a.startStack <= 1n || b.startStack <= 1n) return false;
  const distance = a.startStack - b.startStack;
  return a.startCode !== b.startCode || distance > STACK_BYTES || distance < -STACK_BYTES;
}

/** What is known of execs of which nothing came after. */
export interface Doubts {
  /** Whether an event has to wait for more. */
  isDoubtful(held: HeldEvent, later: readonly HeldEvent[], window: EventWindow, now: bigint): boolean;
  /** What was read, where it is surely of this exec's image. */
  resolve(held: HeldEvent, later: readonly HeldEvent[]): ProcCapture | undefined;
}

/** For so long an exec waits for a sign; without any, what was read of it is not told. Nanoseconds. */
const PATIENCE_NS = 500_000_000n;

/** Makes what looks for signs. */
export function createDoubts(procfs: Procfs): Doubts {
  /** When a process was seen to have run on in the image that was read. */
  const signs = new WeakMap<HeldEvent, bigint>();

  function look(held: HeldEvent, captured: ProcStat): bigint | undefined {
    if (captured.state === "Z" || captured.state === "X") return undefined;
    if (captured.state === "S") return held.capturedAt;
    const read = readStat(procfs, held.event.pid);
    return read.ok && hasRunOn(captured, read.value) ? process.hrtime.bigint() : undefined;
  }

  function signAt(held: HeldEvent, now: bigint): bigint {
    const sign = signs.get(held) ?? now;
    signs.set(held, sign);
    return sign;
  }

  return {
    isDoubtful(held, later, window, now) {
      if (held.event.type === "exit") return mayEndOtherwise(held) && !window.isPast(signAt(held, now), now);
      if (held.event.type !== "exec" || ownCapture(held, later) !== "doubtful") return false;
      if (now - held.capturedAt > PATIENCE_NS) return false;
      const stat = held.capture?.stat;
      const sign = signs.get(held) ?? (stat && look(held, stat));
      if (sign === undefined) return true;
      signs.set(held, sign);
      // An exec that was told of before has come by then.
      return !window.isPast(sign, now);
    },
    resolve(held, later) {
      const verdict = ownCapture(held, later);
      if (verdict !== "doubtful") return verdict.own;
      return signs.has(held) ? held.capture : undefined;
    },
  };
}

/**
 * The first thread has ended quietly, and others live on: one of them may end with a code, which then is the process's. Where it was gone when
 * that was to be read, all that it did has been told.
 */
function mayEndOtherwise({ event, capture }: HeldEvent): boolean {
  return event.type === "exit" && event.status === 0 && capture?.stat !== undefined && !isEnded(capture.stat);
}

/** Page faults and clock ticks that an exec may still take after it has changed the image: a few, and none. */
const EXEC_FAULTS = 16;
const EXEC_TICKS = 2;

/**
 * True if the process has left the exec that brought this image, which has been told of then: it waits for something, as no exec does, or it
 * has done much since. In an exec it waits uninterruptibly, or for a tracer.
 */
export function hasRunOn(captured: ProcStat, now: ProcStat): boolean {
  if (now.startTime !== captured.startTime || hasOtherImage(captured, now)) return false;
  const faults = now.minflt + now.majflt - captured.minflt - captured.majflt;
  const ticks = now.utime + now.stime - captured.utime - captured.stime;
  return now.state === "S" || now.numThreads > 1 || faults >= EXEC_FAULTS || ticks >= EXEC_TICKS;
}
