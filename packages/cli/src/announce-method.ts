import type { StartReport } from "@procmon/core";
import type { CommandContext } from "./command-context.ts";

/** Says which method runs, where to read what it cannot see, and which methods do not run and why. */
export function announceMethod(report: StartReport, context: CommandContext): void {
  const { method, capabilities, skipped } = report;
  const how = describeCoverage(capabilities);
  const blind = capabilities.blindSpots.length > 0 ? ' "procmon doctor" tells what it cannot see.' : "";
  context.say(`Watching with the method ${method}${how}.${blind}`);
  announceSkipped(skipped, context);
}

/** Says which methods do not run and why. */
export function announceSkipped(skipped: StartReport["skipped"], context: CommandContext): void {
  const absent = skipped.filter(({ code }) => code === "METHOD_NOT_INSTALLED");
  if (absent.length > 0) context.say(`Not installed: ${absent.map((one) => one.method).join(", ")}.`);
  for (const { method, reason, remedy, code } of skipped) {
    if (code === "METHOD_NOT_INSTALLED") continue;
    context.say(`Not with ${method}: ${reason}${remedy === undefined ? "" : ` ${remedy}`}`, "warning");
  }
}

/** What it looks for again and again, where it is not told of it. */
function describeCoverage({ events }: StartReport["capabilities"]): string {
  const types = Object.entries(events);
  const polled = types.filter(([, coverage]) => coverage === "polled").map(([type]) => type);
  if (polled.length === 0) return "";
  if (polled.length === types.length) return ", which looks again and again";
  const isProcess = (type: string) => type === "exec" || type === "fork" || type === "exit";
  const what = polled.some(isProcess) ? polled.join(", ") : "connections";
  return `, which looks for ${what} again and again`;
}
