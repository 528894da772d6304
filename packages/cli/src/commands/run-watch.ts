import type { MonitorEvent } from "@procmon/core";
import { announceMethod } from "../announce-method.ts";
import type { CommandContext } from "../command-context.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import { createEventFilter } from "../filter/event-filter.ts";
import { createSessionMonitor } from "../monitor-session.ts";
import { WATCHED_TYPES } from "../options/event-types.ts";
import { findUid } from "../options/user.ts";
import { createEventTable, eventCells } from "../output/event-table.ts";
import { formatJson } from "../output/json.ts";
import { watchRecord } from "../output/watch-record.ts";
import { listenForStop } from "../stop-signals.ts";
import type { WatchOptions } from "./watch.ts";

function createFormatter(
  options: WatchOptions,
  context: CommandContext,
): {
  readonly header: string;
  format(event: MonitorEvent): string;
} {
  const env = options.env === true;
  if (options.json === true) return { header: "", format: (event) => formatJson(watchRecord(event, env)) };
  const table = createEventTable(context.palette, context.terminalWidth);
  let announced = false;
  return {
    header: context.palette.heading(table.header()),
    format(event) {
      // How the method came to run has been said on standard error.
      const isOld = !announced && event.type === "method";
      if (event.type === "method" && event.change === "start") announced = true;
      return isOld ? "" : table.row(eventCells(event, env));
    },
  };
}

/** Runs `procmon watch`. Ends when the user, the reader, `--duration` or `--count` ends it. */
export async function runWatch(options: WatchOptions, context: CommandContext): Promise<ExitCode> {
  const { user } = options;
  using stop = listenForStop(EXIT_CODE.found);
  const expired = new AbortController();
  const signal = AbortSignal.any([stop.signal, context.output.closed, expired.signal]);
  const monitor = await createSessionMonitor({ ...options, once: false, captureEnv: options.env === true, signal });
  const types = new Set([...(options.types ?? WATCHED_TYPES), "lost" as const, "method" as const]);
  const stream = monitor.events({ types: [...types], signal });
  const wanted = createEventFilter({ ...options, ...(user === undefined ? {} : { uid: findUid(user) }) });
  const { header, format } = createFormatter(options, context);
  let timer: NodeJS.Timeout | undefined;
  let found = 0;
  try {
    announceMethod(await monitor.start(), context);
    if (options.duration !== undefined) timer = setTimeout(() => expired.abort(), options.duration);
    if (header !== "") await context.output.write(header);
    for await (const event of stream) {
      if (signal.aborted) break;
      if (!wanted(event)) continue;
      const text = format(event);
      if (text !== "") await context.output.write(text);
      if (event.type === "lost" || event.type === "method") continue;
      found++;
      if (found === options.count) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    await monitor.stop();
  }
  return found === 0 && expired.signal.aborted ? EXIT_CODE.nothingFound : EXIT_CODE.found;
}
