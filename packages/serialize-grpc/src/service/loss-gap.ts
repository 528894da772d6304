import type { LostEvent, MonitorEventType } from "@procmon/core";

/** Different losses that are told apart within one gap; further ones are told as `other`. */
const LIMIT = 64;

/** What is kept of an event in order to tell of its loss. */
export interface Losable {
  readonly type: MonitorEventType;
  readonly time: bigint;
  readonly method: string;
  /** Of an event that tells of a loss itself: what it tells. */
  readonly loss: LostEvent | undefined;
}

/** What is missing in front of a queue whose oldest events had to make room. */
export interface LossGap {
  readonly isEmpty: boolean;
  /** This event has been dropped. The loss that a dropped `lost` event told of is kept. */
  add(dropped: Losable): void;
  /** The `lost` events that tell of the gap, one for each type. The gap is empty then. */
  takeAll(): LostEvent[];
}

/** Makes an empty gap, of a reader who is too slow: source `subscriber`, cause `full`. */
export function createLossGap(): LossGap {
  const losses = new Map<string, LostEvent>();

  function count(loss: LostEvent): void {
    const key = `${loss.source}\0${loss.cause}\0${loss.eventType}`;
    const known = losses.get(key);
    if (known !== undefined) losses.set(key, { ...loss, count: known.count + loss.count });
    else if (losses.size < LIMIT || loss.source === "other") losses.set(key, loss);
    else {
      const { time, method } = loss;
      count({ type: "lost", time, method, source: "other", cause: "other", count: loss.count });
    }
  }

  return {
    get isEmpty() {
      return losses.size === 0;
    },
    add({ type, time, method, loss }) {
      if (loss !== undefined) count(loss);
      count({ type: "lost", time, method, source: "subscriber", cause: "full", eventType: type, count: 1 });
    },
    takeAll() {
      const all = [...losses.values()];
      losses.clear();
      return all;
    },
  };
}
