import type { MethodHost, ObservedEventType } from "@procmon/core";
import type { ScanClient } from "../scan/scan-client.ts";

/** Lets the scanner look for events only while somebody reads them. */
export interface EventDemand {
  /** Resolves once all that happens from then on will be seen, also by readers who come a little later. */
  start(): Promise<void>;
  stop(): void;
}

/** How often the readers are asked for. */
const CHECK_MS = 50;

/** A reader who comes within this time after the start gets all that happened since. */
const GRACE_MS = 1000;

const PROCESS_EVENTS: readonly ObservedEventType[] = ["exec", "fork", "exit"];
const SOCKET_EVENTS: readonly ObservedEventType[] = ["connect", "accept", "listen", "close", "flow"];

/**
 * Makes a switch that is off.
 *
 * @param inAdvance false if nothing is to be looked at before somebody reads: the first look costs as much as a snapshot.
 */
export function createEventDemand(host: MethodHost, client: ScanClient, inAdvance: boolean): EventDemand {
  let timer: NodeJS.Timeout | undefined;
  let graceUntil = 0;
  let watched = "";

  /** Tells the scanner where something has changed. */
  async function update(): Promise<void> {
    const inGrace = performance.now() < graceUntil;
    const sockets = SOCKET_EVENTS.some((type) => host.wants(type));
    // A connection's process is better known if its beginning was seen.
    const processes = sockets || PROCESS_EVENTS.some((type) => host.wants(type));
    const wanted = [processes || inGrace, sockets || inGrace, processes] as const;
    if (wanted.join() === watched) return;
    watched = wanted.join();
    await client.watch(...wanted);
  }

  return {
    async start() {
      if (inAdvance) graceUntil = performance.now() + GRACE_MS;
      timer = setInterval(() => update().catch((cause) => host.log.warn("proc: watching failed", { cause })), CHECK_MS);
      timer.unref();
      await update();
    },
    stop() {
      clearInterval(timer);
    },
  };
}
