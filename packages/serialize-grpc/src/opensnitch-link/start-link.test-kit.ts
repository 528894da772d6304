import type { Logger } from "@procmon/core";
import { onTestFinished } from "vitest";
import type { Event } from "../generated/opensnitch/ui_pb.js";
import type { FakeMonitor } from "./fake-monitor.test-kit.ts";
import type { FakeUi } from "./fake-ui.test-kit.ts";
import { type LinkTimes, type OpenSnitchLink, startLink } from "./link.ts";
import { type LinkOptions, linkSettings } from "./options.ts";

/** Patience for what takes milliseconds on an idle machine. */
export const PATIENT = { timeout: 20_000 } as const;

const FAST: LinkTimes = { pingMs: 20, answerMs: 10_000, firstWaitMs: 20, longestWaitMs: 100, goodMs: 200 };

/** A link and what it said. */
export interface LinkStory {
  readonly link: OpenSnitchLink;
  /** What `onState` was told, with code, message and remedy of the reason. */
  readonly told: string[];
  /** What went to the log. */
  readonly logged: string[];
}

/** Starts a link with shorter times, which is stopped after the test. */
export function startFastLink(
  { monitor }: FakeMonitor,
  options: LinkOptions,
  times: Partial<LinkTimes> = {},
): LinkStory {
  const told: string[] = [];
  const logged: string[] = [];
  const note = (message: string): void => void logged.push(message);
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  const onState: LinkOptions["onState"] = (state, reason) =>
    told.push(reason === undefined ? state : `${state}: ${reason.code} ${reason.message} ${reason.remedy}`);
  const link = startLink(monitor, linkSettings({ onState, log, ...options }), { ...FAST, ...times });
  onTestFinished(() => link.stop());
  return { link, told, logged };
}

/** The connections that a UI was told of. */
export function rowsOf(ui: FakeUi): Event[] {
  return ui.pings.flatMap((ping) => ping.stats?.events ?? []);
}
