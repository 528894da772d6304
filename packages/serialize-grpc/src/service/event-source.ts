import type { EventStream, Monitor, MonitorEvent, MonitorEventType } from "@procmon/core";

/** The one reader of a monitor's events, for all watchers. */
export interface EventSource {
  /**
   * What is to be read from now on, each type once; nothing where the list is empty. No event is missed or comes twice where this
   * changes. What is no longer wanted may still come for a moment.
   */
  want(types: readonly MonitorEventType[]): void;
}

/** What a source is made with. */
export interface EventSourceOptions {
  readonly monitor: Pick<Monitor, "events">;
  /** Must not throw. */
  onEvent(event: MonitorEvent): void;
  /** The monitor has stopped. */
  onEnd(): void;
}

/** Events of one moment; the source never lets them wait longer. More than what waits for a client. */
const CAPACITY = 65_536;

/**
 * Milliseconds until what is no longer wanted is no longer read: who opens and gives up calls by the thousand must not have the monitor begin anew
 * each time.
 */
const NARROW_MS = 100;

interface Reading {
  readonly stream: EventStream;
  readonly types: ReadonlySet<MonitorEventType>;
  isRetired: boolean;
  done: Promise<void>;
}

/** Makes a source that reads nothing yet. */
export function createEventSource({ monitor, onEvent, onEnd }: EventSourceOptions): EventSource {
  /** What has been read of a stream since the next one was opened, which may have it too. */
  const repeated = new WeakSet<MonitorEvent>();
  /** Those that have not come to their ends. */
  const readings = new Set<Reading>();
  let narrowing: NodeJS.Timeout | undefined;
  let current: Reading | undefined;

  async function read(reading: Reading, previous: Reading | undefined): Promise<void> {
    await previous?.done;
    for await (const event of reading.stream) {
      if (repeated.has(event)) continue;
      if (reading.isRetired) repeated.add(event);
      onEvent(event);
    }
    readings.delete(reading);
    if (!reading.isRetired) onEnd();
  }

  function open(types: readonly MonitorEventType[]): void {
    const previous = current;
    const stream = monitor.events({ capacity: CAPACITY, types });
    const reading: Reading = { stream, types: new Set(types), isRetired: false, done: Promise.resolve() };
    readings.add(reading);
    retire(previous);
    reading.done = read(reading, previous);
    current = reading;
  }

  /**
   * Its loop waits for nothing but the stream, so that it has read all that is queued before anything else happens in this
   * thread: then the stream can be closed.
   */
  function retire(reading: Reading | undefined): void {
    if (reading === undefined) return;
    reading.isRetired = true;
    setImmediate(() => void reading.stream.return());
  }

  return {
    want(types) {
      clearTimeout(narrowing);
      if (types.length > 0) {
        const known = current?.types;
        if (known === undefined || types.some((type) => !known.has(type))) open(types);
        else if (types.length < known.size) narrowing = setTimeout(() => open(types), NARROW_MS).unref();
        return;
      }
      current = undefined;
      // Also those that were to be read a little longer: what is opened next does not wait for them.
      for (const reading of readings) {
        reading.isRetired = true;
        void reading.stream.return();
      }
    },
  };
}
