import {
  decodeOpenSnitchClientConfig,
  decodeOpenSnitchMsgResponse,
  decodeOpenSnitchPingReply,
} from "../opensnitch/messages.ts";
import { invalidMessage } from "../wire/invalid-message.ts";
import type { Alerts } from "./alerts.ts";
import { encodeIntroduction, encodePing } from "./messages.ts";
import { createNotifications, HELLO } from "./notifications.ts";
import type { LinkSettings } from "./options.ts";
import { pause } from "./pause.ts";
import type { RecentEvents } from "./recent-events.ts";
import type { Statistics } from "./statistics.ts";
import type { UiChannel } from "./ui-channel.ts";
import { isNotThere, uiHasLeft } from "./ui-error.ts";
import { findUiVersion, type UiVersion } from "./ui-version.ts";

/** Milliseconds. */
export interface SessionTimes {
  /** Between two pings. */
  readonly pingMs: number;
  /** How long the UI may take to answer. */
  readonly answerMs: number;
}

/** What one connection to the UI is made with. What is not told by one is told by the next. */
export interface SessionContext {
  readonly settings: LinkSettings;
  readonly times: SessionTimes;
  readonly channel: UiChannel;
  readonly statistics: Statistics;
  readonly recent: RecentEvents;
  readonly alerts: Alerts;
  /** The name of the method that runs. */
  readonly method: string | undefined;
  /** The UI has answered a ping. */
  onReady(): void;
  /** The UI is too old to take alerts. */
  onNoAlerts(): void;
}

/**
 * Introduces this host to the UI, and then answers, pings and posts alerts, until the signal is aborted. Always
 * rejects: with the reason why it is over, a ProcmonError or gRPC's own error. Nothing of it is left then.
 */
export async function runSession(context: SessionContext, stopping: AbortSignal): Promise<never> {
  const { settings, times, channel } = context;
  const over = new AbortController();
  const end = (): void => over.abort();
  stopping.addEventListener("abort", end);
  if (stopping.aborted) end();
  const parts: Promise<never>[] = [];
  try {
    const introduction = encodeIntroduction(settings, context.method);
    decodeOpenSnitchClientConfig(await channel.call("Subscribe", introduction, times.answerMs, over.signal));
    const ui = await findUiVersion(channel, over.signal);
    if (!ui.takesAlerts) context.onNoAlerts();
    parts.push(answerNotifications(context, ui, over.signal), keepPinging(context, ui, over.signal));
    parts.push(keepPosting(context, ui, over.signal));
    return await Promise.race(parts);
  } finally {
    stopping.removeEventListener("abort", end);
    end();
    await Promise.allSettled(parts);
    channel.close();
  }
}

/** The stream of notifications: as long as it is open, the UI shows this host as being there. */
function answerNotifications(
  { settings, channel }: SessionContext,
  ui: UiVersion,
  signal: AbortSignal,
): Promise<never> {
  const { address, procfs, env, log } = settings;
  return new Promise((_, reject) => {
    const stream = channel.openNotifications();
    const notifications = createNotifications({
      procfs,
      env,
      log,
      silentlyRefused: ui.endsByErrors,
      send(message) {
        // A UI that asks and does not read the answers is not read either.
        if (!stream.write(message)) stream.pause();
      },
      maySend: () => !stream.writableNeedDrain,
    });
    const finish = (reason: unknown): void => {
      signal.removeEventListener("abort", cancel);
      notifications.stop();
      reject(reason);
    };
    const cancel = (): void => stream.cancel();
    stream.on("data", (message: Uint8Array) => notifications.take(message));
    stream.on("drain", () => stream.resume());
    stream.on("error", finish);
    stream.on("end", () => finish(uiHasLeft(address)));
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel);
    stream.write(HELLO);
  });
}

async function keepPinging(context: SessionContext, ui: UiVersion, signal: AbortSignal): Promise<never> {
  const { times, settings } = context;
  const version = settings.version ?? ui.passFor;
  for (let isFirst = true; ; isFirst = false) {
    const began = performance.now();
    await ping(context, version, signal);
    if (isFirst) context.onReady();
    await pause(Math.max(0, times.pingMs - (performance.now() - began)), signal);
  }
}

async function ping(
  { channel, times, statistics, recent }: SessionContext,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  const id = BigInt(Date.now()) * 1_000_000n;
  const batch = recent.take();
  try {
    const request = encodePing({ id, version, statistics, events: batch.encoded });
    const reply = decodeOpenSnitchPingReply(await channel.call("Ping", request, times.answerMs, signal));
    if (reply.id !== id) throw invalidMessage("it answers another ping");
  } catch (error) {
    recent.giveBack(batch);
    throw error;
  }
}

/** Posts what alerts there are, as often as it pings. */
async function keepPosting(context: SessionContext, ui: UiVersion, signal: AbortSignal): Promise<never> {
  const { alerts, times } = context;
  for (;;) {
    if (!ui.takesAlerts) alerts.clear();
    for (let alert = alerts.next(); alert !== undefined; alert = alerts.next()) {
      await post(context, alert, signal);
      alerts.done();
    }
    if (!(await pause(times.pingMs, signal))) throw signal.reason;
  }
}

async function post(
  { channel, times, settings }: SessionContext,
  alert: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  try {
    decodeOpenSnitchMsgResponse(await channel.call("PostAlert", alert, times.answerMs, signal));
  } catch (error) {
    if (isNotThere(error)) throw error;
    settings.log?.warn("OpenSnitch's UI did not take an alert", { cause: String(error).slice(0, 300) });
  }
}
