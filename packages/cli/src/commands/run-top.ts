import { processKey } from "@procmon/core";
import { announceSkipped } from "../announce-method.ts";
import type { CommandContext } from "../command-context.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import { createProcessFilter } from "../filter/process-filter.ts";
import { createSessionMonitor } from "../monitor-session.ts";
import { findUid } from "../options/user.ts";
import { openTopDisplay } from "../output/top-display.ts";
import { listenForStop } from "../stop-signals.ts";
import { countingMethods } from "../traffic/counting-methods.ts";
import { measureTraffic } from "../traffic/measure-traffic.ts";
import { createProcessNames } from "../traffic/process-names.ts";
import { sortTraffic } from "../traffic/sort-traffic.ts";
import type { TopOptions } from "./top.ts";

/** Runs `procmon top`. Ends when the user, the reader, `--once`, `--count` or `--duration` ends it. */
export async function runTop(options: TopOptions, context: CommandContext): Promise<ExitCode> {
  const { user, duration } = options;
  using stop = listenForStop(EXIT_CODE.found);
  const expired = new AbortController();
  const signal = AbortSignal.any([stop.signal, context.output.closed, expired.signal]);
  const matches = createProcessFilter({ ...options, ...(user === undefined ? {} : { uid: findUid(user) }) });
  const { method, skipped } = await countingMethods(options);
  const monitor = await createSessionMonitor({ method, strict: options.strict === true, once: false, signal });
  let timer: NodeJS.Timeout | undefined;
  let looks = 0;
  let found = 0;
  try {
    const report = await monitor.start();
    announceSkipped([...skipped, ...report.skipped], context);
    if (duration !== undefined) timer = setTimeout(() => expired.abort(), duration);
    const names = createProcessNames(monitor);
    await using display = await openTopDisplay(options, context);
    for await (const { processes, ...look } of measureTraffic(monitor, options.interval, signal)) {
      const known = await names.of(processes.map(({ owner }) => owner));
      const wanted = processes.filter(({ owner }) => matches(owner, known.get(processKey(owner))));
      found += wanted.length;
      const sorted = sortTraffic(wanted, options.sort);
      await display.show({ ...look, method: monitor.method ?? report.method, processes: sorted, known });
      looks++;
      if (options.once === true || looks === options.count) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    await monitor.stop();
  }
  return found === 0 && !stop.signal.aborted && !context.output.closed.aborted
    ? EXIT_CODE.nothingFound
    : EXIT_CODE.found;
}
