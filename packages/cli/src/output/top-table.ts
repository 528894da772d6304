import { basename } from "node:path";
import type { Palette } from "./colour.ts";
import { escapeText } from "./escape.ts";
import { formatBytes } from "./quantity.ts";
import { type Column, formatTable } from "./table.ts";
import { cutText } from "./text-width.ts";
import { formatClock } from "./time.ts";
import { type MeasuredTraffic, type TopProcess, topDocument } from "./top-document.ts";

/** The room for a table. */
export interface TopRoom {
  /** Columns; @default lines are never cut */
  readonly width?: number | undefined;
  /** Lines, those of the heading included. @default all processes are shown */
  readonly height?: number | undefined;
}

/** The summary, and the titles of the columns. */
const HEADING_LINES = 2;

function columnsOf(palette: Palette): readonly Column[] {
  return [
    { title: "Pid", align: "right", paint: palette.accent },
    { title: "Process", paint: palette.heading },
    { title: "User" },
    { title: "Sent/s", align: "right" },
    { title: "Recv/s", align: "right" },
    { title: "Sent", align: "right", paint: palette.faint },
    { title: "Recv", align: "right", paint: palette.faint },
    { title: "Open", align: "right", paint: palette.faint },
    { title: "Executable", paint: palette.faint },
  ];
}

function cells(process: TopProcess): readonly string[] {
  const { pid, comm, path, user, uid, connections } = process;
  return [
    String(pid),
    escapeText(comm ?? (path === undefined ? "" : basename(path))),
    escapeText(user ?? (uid === undefined ? "" : String(uid))),
    formatBytes(process.bytesSentPerSecond),
    formatBytes(process.bytesReceivedPerSecond),
    formatBytes(process.bytesSent),
    formatBytes(process.bytesReceived),
    String(connections.length),
    path === undefined ? "" : escapeText(path),
  ];
}

function summary({ method, time, processes }: MeasuredTraffic): string {
  let sent = 0n;
  let received = 0n;
  for (const process of processes) {
    sent += process.bytesSentPerSecond;
    received += process.bytesReceivedPerSecond;
  }
  const clock = formatClock(time).slice(0, -4);
  const count = processes.length === 1 ? "1 process" : `${processes.length} processes`;
  return `${clock}  ${escapeText(method)}  ${count}  ${formatBytes(sent)}/s sent  ${formatBytes(received)}/s received`;
}

/** One look as a table below a line that sums it up; as many processes as there is room for. */
export function formatTop(traffic: MeasuredTraffic, palette: Palette, { width, height }: TopRoom = {}): string {
  const { processes } = traffic;
  const shown = height === undefined ? processes : processes.slice(0, Math.max(0, height - HEADING_LINES));
  const rows = topDocument({ ...traffic, processes: shown }).processes.map(cells);
  const head = summary(traffic);
  const line = width === undefined ? head : cutText(head, width);
  return `${line}\n${formatTable(columnsOf(palette), rows, { paintHeader: palette.heading, width })}`;
}
