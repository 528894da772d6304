import { ProcmonError } from "../errors/procmon-error.ts";
import { EVENT_TYPES, type MonitorEvent, type MonitorEventType } from "../event/monitor-event.ts";
import { createEventFeed, type EventFeed } from "./event-stream.ts";
import { createHoldOpen } from "./hold-open.ts";
import { createLossCounter } from "./loss-counter.ts";
import type { EventStream, EventsOptions, MonitorStats } from "./monitor.ts";

/** Events that wait for a slow reader. */
const DEFAULT_CAPACITY = 8192;

/** Where events come together and go out to all readers. */
export interface EventHub {
  /**
   * A stream of its own for each reader.
   *
   * @throws ProcmonError `INVALID_OPTION`
   */
  open(options?: EventsOptions): EventStream;
  publish(event: MonitorEvent): void;
  /** True while an open stream takes events of this type. */
  wants(type: MonitorEventType): boolean;
  /** Ends all streams; what is queued can still be read. */
  end(): void;
  stats(): MonitorStats["events"];
}

/** Makes a hub without readers. While a reader waits for an event, this Node.js process stays alive. */
export function createEventHub(): EventHub {
  const feeds = new Set<EventFeed>();
  const feedsByType = new Map<MonitorEventType, EventFeed[]>();
  const produced: Record<string, number> = {};
  const losses = createLossCounter();
  const holdOpen = createHoldOpen();
  let delivered = 0;
  let ended = false;

  function take(feed: EventFeed): void {
    feeds.delete(feed);
    for (const [type, readers] of feedsByType) {
      feedsByType.set(
        type,
        readers.filter((reader) => reader !== feed),
      );
    }
    delivered += feed.stream.delivered;
    if (feed.stream.lost > 0) losses.add("subscriber", "full", feed.stream.lost);
  }

  return {
    open(options = {}) {
      const types = checkTypes(options.types);
      const feed: EventFeed = createEventFeed({
        types,
        capacity: checkCapacity(options.capacity),
        signal: options.signal,
        onWaiting: (change) => holdOpen.change(change),
        onClose: () => take(feed),
      });
      if (options.signal?.aborted) return feed.stream;
      feeds.add(feed);
      for (const type of types ?? EVENT_TYPES) feedsByType.set(type, [...(feedsByType.get(type) ?? []), feed]);
      if (ended) feed.end();
      return feed.stream;
    },

    publish(event) {
      if (event.type === "lost") {
        losses.add(event.source, event.cause, event.count);
        for (const feed of feeds) if (feed.takes(event)) feed.offer(event);
        return;
      }
      if (event.type !== "method") produced[event.type] = (produced[event.type] ?? 0) + 1;
      const readers = feedsByType.get(event.type);
      if (readers !== undefined) for (const feed of readers) feed.offer(event);
    },

    wants: (type) => !ended && (feedsByType.get(type)?.length ?? 0) > 0,

    end() {
      ended = true;
      for (const feed of [...feeds]) feed.end();
      holdOpen.release();
    },

    stats() {
      const lost = losses.counts();
      let total = delivered;
      for (const { stream } of feeds) {
        total += stream.delivered;
        if (stream.lost > 0) lost["subscriber:full"] = (lost["subscriber:full"] ?? 0) + stream.lost;
      }
      return { produced: { ...produced }, delivered: total, lost };
    },
  };
}

function checkTypes(types: EventsOptions["types"]): ReadonlySet<MonitorEventType> | undefined {
  if (types === undefined) return undefined;
  if (Array.isArray(types) && types.every((type) => EVENT_TYPES.includes(type))) return new Set(types);
  throw new ProcmonError({
    code: "INVALID_OPTION",
    message: "The types of an event stream must be a list of event types.",
    remedy: `Use some of ${EVENT_TYPES.join(", ")}.`,
  });
}

function checkCapacity(capacity: number = DEFAULT_CAPACITY): number {
  if (Number.isSafeInteger(capacity) && capacity > 0) return capacity;
  throw new ProcmonError({
    code: "INVALID_OPTION",
    message: "The capacity of an event stream must be a positive integer.",
    remedy: `Leave it out for ${DEFAULT_CAPACITY}.`,
  });
}
