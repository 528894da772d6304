import type { Monitor, MonitorEventType, ProcmonError } from "@procmon/core";
import { encodeOpenSnitchEvent } from "../opensnitch/encode-event.ts";
import { createAlerts } from "./alerts.ts";
import { createBackOff } from "./back-off.ts";
import { CONNECTION_TYPES, isConnectionEvent, lostConnections } from "./connection-event.ts";
import { type LinkOptions, type LinkSettings, type LinkState, linkSettings } from "./options.ts";
import { createRecentEvents } from "./recent-events.ts";
import { runSession, type SessionTimes } from "./session.ts";
import { createStatistics } from "./statistics.ts";
import { createUiChannel } from "./ui-channel.ts";
import { uiError } from "./ui-error.ts";

/** This host in OpenSnitch's UI. */
export interface OpenSnitchLink extends AsyncDisposable {
  readonly state: LinkState;
  /** Leaves the UI. Idempotent; takes less than a second in any state. */
  stop(): Promise<void>;
}

/** Milliseconds. */
export interface LinkTimes extends SessionTimes {
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** A connection that lasted so long was a good one: after it the next wait is a first one. */
  readonly goodMs: number;
}

const TIMES: LinkTimes = { pingMs: 1000, answerMs: 10_000, firstWaitMs: 1000, longestWaitMs: 60_000, goodMs: 10_000 };

/**
 * Shows this host in OpenSnitch's UI (https://github.com/evilsocket/opensnitch), of version 1.5 or later: its
 * connections with their processes, counts, and alerts. It decides nothing: what the UI wants to have blocked or
 * changed is refused. Where there is no UI it tries again after a while, and keeps the newest connections until then.
 * Ends when the monitor stops, which the caller starts.
 *
 * @throws ProcmonError `INVALID_OPTION`
 *
 * @example
 * await using link = linkToOpenSnitch(monitor, { address: "unix:///tmp/osui.sock" });
 */
export function linkToOpenSnitch(monitor: Monitor, options: LinkOptions): OpenSnitchLink {
  return startLink(monitor, linkSettings(options), TIMES);
}

/** Like {@link linkToOpenSnitch}, with other times. */
export function startLink(monitor: Monitor, settings: LinkSettings, times: LinkTimes): OpenSnitchLink {
  const { address, env, log } = settings;
  const stopping = new AbortController();
  const { signal } = stopping;
  const statistics = createStatistics();
  const alerts = createAlerts({ types: settings.alerts, env });
  const recent = createRecentEvents({
    capacity: settings.maxEvents,
    encode: (event) => encodeOpenSnitchEvent(event, { env }),
    onDrop: (count) => statistics.ignore(count),
  });
  let state: LinkState = "connecting";
  let hasToldNoAlerts = false;

  function change(next: LinkState, reason?: ProcmonError): void {
    if (next === state) return;
    state = next;
    try {
      settings.onState?.(next, reason);
    } catch (cause) {
      log?.error("onState has thrown", { cause: String(cause) });
    }
  }

  function onNoAlerts(): void {
    if (!hasToldNoAlerts) log?.info("this OpenSnitch UI takes no alerts: it is older than 1.6", { address });
    hasToldNoAlerts = true;
  }

  async function readEvents(): Promise<void> {
    const types: MonitorEventType[] = [...new Set([...CONNECTION_TYPES, ...settings.alerts])];
    for await (const event of monitor.events({ types, signal })) {
      alerts.offer(event);
      statistics.ignore(lostConnections(event));
      if (!isConnectionEvent(event)) continue;
      statistics.add(event);
      recent.push(event);
    }
  }

  /** Gives the reason why the connection is over. */
  async function connect(onReady: () => void): Promise<ProcmonError> {
    try {
      const channel = createUiChannel(settings.ui, settings.tls);
      const context = { settings, times, channel, statistics, recent, alerts, method: monitor.method };
      return await runSession({ ...context, onReady, onNoAlerts }, signal);
    } catch (cause) {
      return uiError(address, cause);
    }
  }

  async function keepConnected(): Promise<void> {
    const backOff = createBackOff({ signal, firstMs: times.firstWaitMs, longestMs: times.longestWaitMs });
    let told = "";
    do {
      change("connecting");
      let readyAt = Number.POSITIVE_INFINITY;
      const onReady = (): void => {
        readyAt = performance.now();
        told = "";
        log?.info("connected to OpenSnitch's UI", { address });
        change("connected");
      };
      const reason = await connect(onReady);
      if (signal.aborted) return;
      if (performance.now() - readyAt >= times.goodMs) backOff.reset();
      // A UI that is not there all night is told of once.
      log?.[reason.message === told ? "debug" : "info"](`${reason.message} ${reason.remedy}`);
      told = reason.message;
      change("waiting", reason);
    } while (await backOff.wait());
  }

  async function run(): Promise<void> {
    const connected = keepConnected();
    await readEvents();
    // The monitor has stopped, or the link has.
    stopping.abort();
    await connected;
    change("stopped");
  }

  const running = run();
  const stop = (): Promise<void> => {
    stopping.abort();
    return running;
  };
  return {
    get state() {
      return state;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
