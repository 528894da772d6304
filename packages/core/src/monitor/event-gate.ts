import type { MonitorEvent } from "../event/monitor-event.ts";
import { createEventGap } from "./event-gap.ts";
import { createEventQueue } from "./event-queue.ts";

/** Events that are held back at most; the oldest make room and are told of as lost. */
const CAPACITY = 8192;

/** Stands between a method and the readers: it holds back what comes before the method is the one that runs. */
export interface EventGate {
  pass(event: MonitorEvent): void;
  /** Lets go of what was held back, and lets everything through from now on. */
  open(): void;
  /** Lets nothing through any more, and forgets what was held back. */
  close(): void;
}

/** What a gate is made with. */
export interface EventGateOptions {
  publish(event: MonitorEvent): void;
  /** True for an event that was told already: it is neither published nor lost. Asked once for each event held back. */
  isRepeat?(event: MonitorEvent): boolean;
}

/** Makes a gate that holds back. */
export function createEventGate({ publish, isRepeat = () => false }: EventGateOptions): EventGate {
  const gap = createEventGap("monitor", "full");
  const held = createEventQueue({
    capacity: CAPACITY,
    onDrop(oldest) {
      if (!isRepeat(oldest)) gap.add(oldest);
    },
  });
  let state: "holding" | "open" | "closed" = "holding";

  return {
    pass(event) {
      if (state === "open") publish(event);
      if (state === "holding") held.push(event);
    },
    open() {
      if (state !== "holding") return;
      state = "open";
      for (let loss = gap.take(); loss !== undefined; loss = gap.take()) publish(loss);
      for (let event = held.shift(); event !== undefined; event = held.shift()) {
        if (!isRepeat(event)) publish(event);
      }
    },
    close() {
      state = "closed";
      held.clear();
      gap.clear();
    },
  };
}
