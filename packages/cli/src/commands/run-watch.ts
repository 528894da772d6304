import type { MonitorEvent, MonitorEventType } from "@procmon/core";
import { announceMethod } from "../announce-method.ts";
import { endStuckReads, guardExit } from "../checksums/end-stuck-reads.ts";
import { loadHasher } from "../checksums/load-hasher.ts";
import { watchedTypes, withChecksums } from "../checksums/watched-checksums.ts";
import type { CommandContext } from "../command-context.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import { createEventFilter } from "../filter/event-filter.ts";
import { createSessionMonitor } from "../monitor-session.ts";
import { STREAM_TYPES } from "../options/event-types.ts";
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
      return isOld ? "" : table.row(eventCells(event, env, options.hash));
    },
  };
}

async function* chosen(
  events: AsyncIterable<MonitorEvent>,
  wanted: (event: MonitorEvent) => boolean,
): AsyncGenerator<MonitorEvent, void, undefined> {
  for await (const event of events) if (wanted(event)) yield event;
}

/** What tells of other records, or of the stream itself, is none of those that the user counts. */
function isCounted(type: MonitorEventType, { types }: WatchOptions): boolean {
  if (STREAM_TYPES.includes(type)) return false;
  return type !== "checksum" || types?.includes(type) === true;
}

/** Runs `procmon watch`. Ends when the user, the reader, `--duration` or `--count` ends it. */
export async function runWatch(options: WatchOptions, context: CommandContext): Promise<ExitCode> {
  const { user, hash } = options;
  using stop = listenForStop(EXIT_CODE.found);
  const types = watchedTypes(options.types, hash !== undefined);
  const hasher = hash === undefined ? undefined : await loadHasher(hash);
  const expired = new AbortController();
  const ended = AbortSignal.any([stop.signal, context.output.closed]);
  const signal = AbortSignal.any([ended, expired.signal]);
  const monitor = await createSessionMonitor({ ...options, once: false, captureEnv: options.env === true, signal });
  const wanted = createEventFilter({ ...options, ...(user === undefined ? {} : { uid: findUid(user) }) });
  if (hasher !== undefined && !signal.aborted) monitor.use(hasher);
  const stream = monitor.events({ types: [...types], signal });
  const events =
    hasher === undefined
      ? chosen(stream, wanted)
      : withChecksums(stream, { hasher, types, wanted, flush: expired.signal });
  const { header, format } = createFormatter(options, context);
  let timer: NodeJS.Timeout | undefined;
  let found = 0;
  try {
    announceMethod(await monitor.start(), context);
    if (options.duration !== undefined) timer = setTimeout(() => expired.abort(), options.duration);
    if (header !== "") await context.output.write(header);
    for await (const event of events) {
      if (ended.aborted) break;
      const text = format(event);
      if (text !== "") await context.output.write(text);
      if (!isCounted(event.type, options)) continue;
      found++;
      if (found === options.count) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    using _guard = hasher && guardExit(hasher);
    await Promise.all([hasher?.stop(), monitor.stop()]);
    if (hasher !== undefined) await endStuckReads(hasher, context.say);
  }
  return found === 0 && expired.signal.aborted ? EXIT_CODE.nothingFound : EXIT_CODE.found;
}
