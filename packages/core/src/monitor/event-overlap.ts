import { createRecencyMap } from "../cache/recency-map.ts";
import { connectionKey } from "../connection/connection-key.ts";
import type { MonitorEvent } from "../event/monitor-event.ts";
import type { CheckedConnection } from "../method/monitor-method.ts";
import { processKey } from "../process/process-identity.ts";

/** Different events that are remembered: more than a gate holds back, so that nothing held back has been forgotten here. */
const CAPACITY = 32_768;

/** While two methods run, tells which events of the new one the old one has told of already. */
export interface EventOverlap {
  /** The old method has told this. */
  note(event: MonitorEvent): void;
  /** True if the old method has told the same: each time it did so counts once. */
  isRepeat(event: MonitorEvent): boolean;
}

/**
 * Makes an empty one. Events are the same if they tell the same of the same process or connection: their times differ from
 * method to method, since each sees them by other means.
 */
export function createEventOverlap(): EventOverlap {
  const told = createRecencyMap<string, number>();

  return {
    note(event) {
      const key = eventKey(event);
      if (key === undefined) return;
      const entry = told.peek(key);
      if (entry === undefined) told.insert(key, 1);
      else {
        entry.value++;
        told.use(entry);
      }
      const oldest = told.size > CAPACITY ? told.oldest() : undefined;
      if (oldest !== undefined) told.remove(oldest);
    },
    isRepeat(event) {
      const key = eventKey(event);
      const entry = key === undefined ? undefined : told.peek(key);
      if (entry === undefined) return false;
      entry.value--;
      if (entry.value === 0) told.remove(entry);
      return true;
    },
  };
}

function eventKey(event: MonitorEvent): string | undefined {
  switch (event.type) {
    case "exec":
      return `exec ${processKey(event.process)} ${event.process.path}`;
    case "fork":
    case "exit":
      return `${event.type} ${processKey(event.process)}`;
    case "checksum":
    case "checksum-change":
    case "lost":
    case "method":
      return undefined;
    default:
      return `${event.type} ${connectionKey(event.connection as CheckedConnection)}`;
  }
}
