import { execFile } from "node:child_process";
import { once } from "node:events";
import type { ConnectionTuple, Monitor, MonitorEvent, Ownership } from "@procmon/core";
import { expect } from "vitest";
import type { Place } from "./socket-driver.ts";

/** Names of processes, by pid, as {@link ToldEvents.lines} writes them. */
export type Names = Readonly<Record<number, string>>;

/** All that a monitor told. */
export interface ToldEvents {
  readonly all: readonly MonitorEvent[];
  /** Those of processes, in the order in which they came. */
  of(pid: number): readonly Extract<MonitorEvent, { type: "exec" | "fork" | "exit" }>[];
  /** Those of connections of one network namespace, a line for each: in order, but those that end last, by name. */
  lines(place: Place, names: Names): readonly string[];
  /** Waits until all that has happened so far has been told. */
  caughtUp(): Promise<void>;
  /** Holds that exactly these are told of one network namespace. */
  expectLines(place: Place, names: Names, lines: readonly string[]): Promise<void>;
}

/** Reads a monitor's events, from now on. */
export function recordTold(monitor: Monitor): ToldEvents {
  const all: MonitorEvent[] = [];
  const stream = monitor.events({ capacity: 1 << 16 });
  void (async () => {
    for await (const event of stream) all.push(event);
  })();

  const of = (pid: number) => all.filter((event) => isOfProcess(event)).filter(({ process }) => process.pid === pid);

  function lines({ netns, since }: Place, names: Names): readonly string[] {
    const events = all
      .filter((event) => "connection" in event)
      .filter(({ connection, time }) => {
        return connection.netns === netns && time >= since;
      });
    const ends = events.filter(({ type }) => type === "close");
    const others = events.filter(({ type }) => type !== "close");
    return [...others.map((event) => lineOf(event, names)), ...ends.map((event) => lineOf(event, names)).sort()];
  }

  async function caughtUp(): Promise<void> {
    const marker = execFile("/bin/true");
    await once(marker, "exit");
    await expect.poll(() => of(marker.pid as number).at(-1)?.type, { timeout: 20_000 }).toBe("exit");
  }

  return {
    all,
    of,
    lines,
    caughtUp,
    async expectLines(place, names, expected) {
      await expect
        .poll(() => lines(place, names).length)
        .toBeGreaterThanOrEqual(expected.length)
        .catch(() => {});
      await caughtUp();
      const sorted = [...expected.filter((line) => !isEnd(line)), ...expected.filter(isEnd).sort()];
      expect(lines(place, names)).toEqual(sorted);
    },
  };
}

type ConnectionEvent = Extract<MonitorEvent, { connection: ConnectionTuple }>;

function isOfProcess(event: MonitorEvent): event is Extract<MonitorEvent, { type: "exec" | "fork" | "exit" }> {
  return event.type === "exec" || event.type === "fork" || event.type === "exit";
}

const isEnd = (line: string): boolean => line.startsWith("close ");

/** For example `close tcp 127.0.0.1:1 > 127.0.0.1:2 client 3/4`: who, and the bytes sent and received. */
function lineOf(event: ConnectionEvent, names: Names): string {
  const { protocol, srcIp, srcPort, dstIp, dstPort } = event.connection;
  const peer = dstPort === 0 && (dstIp === "0.0.0.0" || dstIp === "::") ? "" : ` > ${dstIp}:${dstPort}`;
  const words = [event.type, protocol, `${srcIp}:${srcPort}${peer}`, whose(event.ownership, names)];
  if (event.type === "connect" && event.error !== undefined) words.push(event.error);
  if (event.type === "close") {
    words.push(event.bytesSent === undefined ? "uncounted" : `${event.bytesSent}/${event.bytesReceived ?? "?"}`);
    if (event.duration === undefined) words.push("of unknown age");
    else if (event.duration < 0n) words.push("ended before it began");
  }
  const owner = event.ownership.kind === "process" ? event.ownership.owners[0].pid : undefined;
  if (event.process?.pid !== owner) words.push(`by process ${event.process?.pid}`);
  return words.join(" ");
}

/** The owner's name; with `?` where it is derived from the listener. */
function whose(ownership: Ownership, names: Names): string {
  if (ownership.kind !== "process") return ownership.kind;
  const owners = ownership.owners.map(({ pid }) => names[pid] ?? `process ${pid}`).join();
  return ownership.confidence === "exact" ? owners : `${owners}?`;
}
