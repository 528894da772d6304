import type { LostEvent, MonitorEvent, MonitorEventType } from "../event/monitor-event.ts";

/** Different losses that are told apart within one gap; further ones are told as `other`. */
const LIMIT = 64;

/** What is missing in front of a queue whose oldest events had to make room. */
export interface EventGap {
  readonly isEmpty: boolean;
  /** This event has been dropped. The loss that a dropped `lost` event told of is kept. */
  add(dropped: MonitorEvent): void;
  /** The next `lost` event that tells of the gap; undefined when all has been told. */
  take(): LostEvent | undefined;
  clear(): void;
}

/** Makes an empty gap. `source` and `cause` name the queue in its `lost` events. */
export function createEventGap(source: string, cause: string): EventGap {
  const losses = new Map<string, LostEvent>();

  function count(loss: LostEvent): void {
    const key = `${loss.source}\0${loss.cause}\0${loss.eventType}`;
    const known = losses.get(key);
    if (known !== undefined) losses.set(key, { ...loss, count: known.count + loss.count });
    else if (losses.size < LIMIT || loss.source === "other") losses.set(key, loss);
    else
      count({ type: "lost", time: loss.time, method: loss.method, source: "other", cause: "other", count: loss.count });
  }

  return {
    get isEmpty() {
      return losses.size === 0;
    },
    add(dropped) {
      if (dropped.type === "lost") count(dropped);
      count(lostEvent(dropped, source, cause, dropped.type));
    },
    take() {
      for (const [key, loss] of losses) {
        losses.delete(key);
        return loss;
      }
      return undefined;
    },
    clear: () => losses.clear(),
  };
}

function lostEvent(
  { time, method }: MonitorEvent,
  source: string,
  cause: string,
  eventType: MonitorEventType,
): LostEvent {
  return { type: "lost", time, method, source, cause, eventType, count: 1 };
}
