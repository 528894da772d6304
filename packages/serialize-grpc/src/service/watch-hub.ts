import { create, toBinary } from "@bufbuild/protobuf";
import {
  EVENT_TYPES,
  type Logger,
  type LostEvent,
  type Monitor,
  type MonitorEvent,
  type MonitorEventType,
} from "@procmon/core";
import { WatchResponseSchema } from "../generated/procmon/v1/service_pb.js";
import type { ClientQueueOptions } from "./client-queue.ts";
import { createEventFilter, type EventFilter } from "./event-filter.ts";
import { createEventSource } from "./event-source.ts";
import { createProcessCache } from "./process-cache.ts";
import { createQueueMemory } from "./queue-memory.ts";
import { type QueuedEvent, queuedEvent } from "./queued-event.ts";
import { ServiceError, STATUS } from "./service-error.ts";
import type { WatchWish } from "./watch-request.ts";
import { createWatcher, type Watcher } from "./watcher.ts";

/** Where the monitor's events go out to all calls of Watch. */
export interface WatchHub {
  /** Calls that are open. */
  readonly watches: number;
  /** Events given to clients, also of calls that have ended. */
  readonly sent: number;
  readonly lost: number;
  /** @throws ServiceError where there are too many. */
  open(wish: WatchWish, signal: AbortSignal): AsyncIterableIterator<Buffer>;
  /** Ends all calls at once. */
  close(): void;
}

/** What a hub is made with. */
export interface WatchHubOptions {
  readonly monitor: Monitor;
  readonly maxWatches: number;
  readonly queue?: ClientQueueOptions | undefined;
  /** Bytes that the events keep in memory which wait, for whomever. */
  readonly maxQueuedBytes: number;
  readonly log: Logger;
}

interface Member {
  readonly takes: EventFilter;
  readonly wish: WatchWish;
  readonly watcher: Watcher;
}

/** What is left to the one who has most where all together have too much: less, so that it is not to be done with each event. */
const SHRINK_TO = 7 / 8;

/** Makes a hub without watchers. */
export function createWatchHub({ monitor, maxWatches, queue, maxQueuedBytes, log }: WatchHubOptions): WatchHub {
  const members = new Set<Member>();
  const memory = createQueueMemory();
  const processes = { plain: createProcessCache(false), whole: createProcessCache(true) };
  const ended = { sent: 0, lost: 0 };
  const source = createEventSource({
    monitor,
    onEvent: publish,
    onEnd() {
      for (const { watcher } of [...members]) watcher.end();
    },
  });

  /** Encodes it once for all, when the first of them takes it. */
  function publish(event: MonitorEvent): void {
    let plain: QueuedEvent | undefined;
    let whole: QueuedEvent | undefined;
    for (const { takes, wish, watcher } of members) {
      let isWanted: boolean;
      try {
        isWanted = takes(event);
      } catch (error) {
        // A stranger's method may emit anything.
        watcher.offer(queuedEvent(lossOf(event, error), false));
        continue;
      }
      if (!isWanted) continue;
      if (wish.env) {
        whole ??= encode(event, true);
        watcher.offer(whole);
      } else {
        plain ??= encode(event, false);
        watcher.offer(plain);
      }
    }
    while (memory.bytes > maxQueuedBytes && shrinkLargest());
  }

  /** Clients who ask for different events share none, and could take as much as each may have. False where nothing can be dropped. */
  function shrinkLargest(): boolean {
    let largest: Watcher["queue"] | undefined;
    for (const { watcher } of members) {
      if (watcher.queue.queued > 1 && watcher.queue.bytes > (largest?.bytes ?? 0)) largest = watcher.queue;
    }
    largest?.shrink(largest.bytes * SHRINK_TO);
    return largest !== undefined;
  }

  function encode(event: MonitorEvent, env: boolean): QueuedEvent {
    try {
      const process = "process" in event ? event.process : undefined;
      return queuedEvent(event, env, process && processes[env ? "whole" : "plain"].encode(process));
    } catch (error) {
      return queuedEvent(lossOf(event, error), false);
    }
  }

  function lossOf({ time, method, type }: MonitorEvent, error: unknown): LostEvent {
    log.warn(`An event of the method ${method} is not what it should be.`, { error });
    return { type: "lost", time, method, source: "service", cause: "malformed", eventType: type, count: 1 };
  }

  function readWhatIsWanted(): void {
    const types = new Set<MonitorEventType>();
    for (const { wish } of members) {
      for (const type of wish.types ?? EVENT_TYPES) types.add(type);
    }
    source.want([...types]);
  }

  return {
    get watches() {
      return members.size;
    },
    get sent() {
      return [...members].reduce((sum, { watcher }) => sum + watcher.queue.delivered, ended.sent);
    },
    get lost() {
      return [...members].reduce((sum, { watcher }) => sum + watcher.queue.lost, ended.lost);
    },
    open(wish, signal) {
      if (members.size >= maxWatches) {
        throw new ServiceError(
          STATUS.RESOURCE_EXHAUSTED,
          `There are ${maxWatches} calls of Watch already, and no more are taken.`,
        );
      }
      const watcher = createWatcher({
        start: startMessage(monitor.method),
        signal,
        ...(queue && { queue }),
        memory,
        onClose() {
          members.delete(member);
          ended.sent += watcher.queue.delivered;
          ended.lost += watcher.queue.lost;
          readWhatIsWanted();
        },
      });
      const member: Member = { takes: createEventFilter(wish.conditions), wish, watcher };
      if (signal.aborted) {
        watcher.close();
        return watcher.messages;
      }
      members.add(member);
      readWhatIsWanted();
      return watcher.messages;
    },
    close() {
      for (const { watcher } of [...members]) watcher.close();
    },
  };
}

function startMessage(method = ""): Buffer {
  return Buffer.from(toBinary(WatchResponseSchema, create(WatchResponseSchema, { start: { method } })));
}
