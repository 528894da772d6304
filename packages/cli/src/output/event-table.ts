import { constants } from "node:os";
import type { MonitorEvent, Process } from "@procmon/core";
import type { Algorithm } from "@procmon/hashing";
import { formatChecksums, formatDigests } from "./checksums.ts";
import type { Palette } from "./colour.ts";
import { formatConnection } from "./endpoint.ts";
import { escapeText } from "./escape.ts";
import { firstFew, formatOwners, formatPids, ownerName } from "./owners.ts";
import { formatBytes, formatDuration } from "./quantity.ts";
import { quoteArg, quoteArgs } from "./quote.ts";
import { createStreamTable, type StreamTable } from "./stream-table.ts";
import { textWidth } from "./text-width.ts";
import { formatClock } from "./time.ts";

function signalName(signal: number): string {
  for (const [name, number] of Object.entries(constants.signals)) if (number === signal) return name;
  return `signal ${signal}`;
}

function commandLine(process: Process): string {
  const name = process.path === undefined ? "" : escapeText(process.path);
  const args = process.args === undefined ? "" : quoteArgs(process.args);
  if (args === "") return name;
  const cut = process.argsTruncated === true ? " …" : "";
  return process.args?.[0] === process.path || name === "" ? `${args}${cut}` : `${name}: ${args}${cut}`;
}

function ownershipDetails(event: Extract<MonitorEvent, { connection: unknown }>): string[] {
  const { ownership } = event;
  switch (ownership.kind) {
    case "process": {
      const others = ownership.owners.slice(1).map((owner) => `${owner.pid} ${escapeText(ownerName(owner))}`);
      const path = event.process?.path ?? ownership.owners[0].path;
      return [
        ...(path === undefined ? [] : [escapeText(path)]),
        ...(others.length === 0 ? [] : [`also ${firstFew(others, ", ")}`]),
        ...(ownership.confidence === "derived" ? ["derived"] : []),
      ];
    }
    case "hidden":
      return [`owner hidden, to see it takes ${escapeText(ownership.requires)}`];
    case "kernel":
      return [ownership.path];
    case "none":
      return [`no owner: ${ownership.reason}`];
  }
}

/** What else there is to say of an event, in a few words. Escaped. */
export function eventDetails(event: MonitorEvent): string {
  switch (event.type) {
    case "exec":
    case "fork":
      return commandLine(event.process);
    case "exit":
      if (event.signal !== undefined) return `killed by ${signalName(event.signal)}`;
      return event.exitCode === undefined ? "" : `code ${event.exitCode}`;
    case "lost":
      return `${event.count} ${event.eventType ?? "events"} lost: ${escapeText(event.source)} ${escapeText(event.cause)}`;
    case "method": {
      const from = event.from === undefined ? "" : `, was ${event.from}`;
      const reason = event.reason === undefined ? "" : `: ${event.reason}`;
      return escapeText(`${event.change} ${event.method}${from}${reason}`);
    }
    case "checksum":
      return event.process.path === undefined ? "" : escapeText(event.process.path);
    case "checksum-change":
      return `${escapeText(event.path)} was ${formatDigests(event.previous)}`;
    default: {
      const parts = ownershipDetails(event);
      if (event.type === "connect" && event.error !== undefined) parts.unshift(escapeText(event.error));
      if (event.type === "close") {
        if (event.duration !== undefined) parts.unshift(`after ${formatDuration(event.duration)}`);
        if (event.bytesSent !== undefined) parts.push(`sent ${formatBytes(event.bytesSent)}`);
        if (event.bytesReceived !== undefined) parts.push(`received ${formatBytes(event.bytesReceived)}`);
      }
      return parts.join("; ");
    }
  }
}

function environment(process: Process | undefined): string {
  const entries = Object.entries(process?.env ?? {});
  return entries.map(([name, value]) => `${escapeText(name)}=${quoteArg(value)}`).join(" ");
}

/**
 * The cells of one event: time, type, pid, process, connection, details, checksums. Escaped.
 *
 * @param algorithms of the checksums to show
 */
export function eventCells(
  event: MonitorEvent,
  env: boolean,
  algorithms: readonly Algorithm[] = [],
): readonly string[] {
  const process = "process" in event ? event.process : undefined;
  const ownership = "ownership" in event ? event.ownership : undefined;
  const pid = process?.pid ?? (ownership === undefined ? "" : formatPids(ownership));
  const name =
    process === undefined ? (ownership === undefined ? "" : formatOwners(ownership)) : escapeText(process.comm);
  const details = eventDetails(event);
  const variables = env ? environment(process) : "";
  return [
    formatClock(event.time),
    event.type,
    String(pid),
    name,
    "connection" in event ? formatConnection(event.connection) : "",
    variables === "" ? details : `${details}  env: ${variables}`,
    process === undefined ? "" : formatChecksums(process, algorithms),
  ];
}

/** A part of a checksum is of no use, so that the terminal rather wraps the line. */
function tailOf(cells: readonly string[]): string {
  const checksums = cells[6] ?? "";
  return checksums === "" ? "" : `  ${checksums}`;
}

/** On a terminal with fewer columns, the table has another layout. */
const WIDE_ENOUGH = 100;

/** The table of `watch`: takes the cells of {@link eventCells}. */
export function createEventTable(palette: Palette, lineWidth: () => number | undefined): StreamTable {
  const paintType = (text: string, cell: string): string => {
    if (cell === "lost" || cell === "method" || cell === "checksum-change") return palette.warning(text);
    return cell === "exit" || cell === "close" || cell === "checksum" ? palette.faint(text) : palette.good(text);
  };
  const isWide = (lineWidth() ?? WIDE_ENOUGH) >= WIDE_ENOUGH;
  const columns = [
    { title: "Time", width: isWide ? 12 : 8, paint: palette.faint },
    { title: "Type", width: 7, paint: paintType },
    { title: "Pid", width: 7, align: "right", paint: palette.accent },
    { title: "Process", width: isWide ? 15 : 8, maxWidth: isWide ? 24 : 15, paint: palette.heading },
  ] as const;
  if (isWide) {
    const wide = [
      { title: "Connection", width: 40, maxWidth: 64 },
      { title: "Details", width: 10 },
    ];
    const table = createStreamTable([...columns, ...wide], lineWidth);
    return { header: () => table.header(), row: (cells) => table.row(cells.slice(0, 6), 8, tailOf(cells)) };
  }
  const table = createStreamTable([...columns, { title: "Connection or details", width: 10 }], lineWidth);
  return {
    header: () => table.header(),
    // The time is told to the second. Details are cut, but never the connection: its last digits matter.
    row(cells) {
      const [time = "", type = "", pid = "", name = "", connection = "", details = ""] = cells;
      const last = [connection, details].filter((text) => text !== "").join("  ");
      return table.row([time.slice(0, 8), type, pid, name, last], Math.max(8, textWidth(connection)), tailOf(cells));
    },
  };
}
