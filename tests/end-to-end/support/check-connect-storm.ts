import type { ConnectEvent, FlowEvent } from "@procmon/core";
import { fixturePath } from "@procmon-internal/fixtures";
import type { ConnectStorm, ShortLife } from "./connect-storm.ts";
import type { EventLog, ObservedEvent } from "./event-log.ts";

/** What each process of a storm does, one after the other. */
export interface LifeStory {
  readonly types: readonly ObservedEvent["type"][];
  readonly protocol: "tcp" | "udp";
  /** False where the processes run nothing: then they have their maker's arguments. */
  readonly execs: boolean;
  /** True where the own end may be unknown: the process was gone before anybody could look. @default false */
  readonly mayLackSource?: boolean;
}

/** What was told of a storm and is not right: each life once and in order, its connection with the right ends, process and parent. */
export function findLifeFaults(log: EventLog, storm: ConnectStorm, story: LifeStory): string[] {
  const numbers = new Set<string>();
  const faults = storm.lives.flatMap((life, at) => {
    const events = eventsOf(log, life, storm.pid);
    const number = events.at(-1)?.process?.args?.at(-1);
    if (story.execs && number !== undefined) numbers.add(number);
    return faultsOfLife(events, life, storm, story).map((fault) => `life ${at}, pid ${life.pid}: ${fault}`);
  });
  // Each had a number of its own: nobody has another one's arguments.
  if (story.execs && numbers.size !== storm.lives.length) faults.push(`${numbers.size} different arguments`);
  return faults;
}

/** Of one life: without those of others who had the pid before or after. */
export function eventsOf(log: EventLog, { pid }: ShortLife, parent: number): readonly ObservedEvent[] {
  let isOurs = false;
  return log.of(pid).filter(({ type, process }) => {
    if (type === "fork") isOurs = process.ppid === parent;
    return isOurs;
  });
}

function faultsOfLife(
  events: readonly ObservedEvent[],
  life: ShortLife,
  storm: ConnectStorm,
  { types, protocol, execs, mayLackSource = false }: LifeStory,
): string[] {
  const told = events.map(({ type }) => type).join();
  if (told !== types.join()) return [`${told || "nothing"} instead of ${types.join()}`];
  const event = events.find((each) => each.type === "connect" || each.type === "flow") as ConnectEvent | FlowEvent;
  const { connection, ownership, process } = event;
  const path = fixturePath("connect-storm");
  const faults: string[] = [];
  const compare = (what: string, seen: unknown, wanted: unknown) => {
    if (JSON.stringify(seen) !== JSON.stringify(wanted))
      faults.push(`${what} ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
  };
  compare("protocol", connection.protocol, protocol);
  if (!mayLackSource || connection.srcPort !== 0) {
    compare("source port", connection.srcPort, life.port);
    // An unconnected socket has no address of its own.
    compare("source", connection.srcIp, protocol === "tcp" ? "127.0.0.1" : "0.0.0.0");
  }
  compare("target", [connection.dstIp, connection.dstPort], ["127.0.0.1", storm.port]);
  compare("ownership", [ownership.kind, "confidence" in ownership && ownership.confidence], ["process", "exact"]);
  compare("owners", "owners" in ownership && ownership.owners.map((owner) => [owner.pid, owner.path]), [
    [life.pid, path],
  ]);
  compare("path", process?.path, path);
  compare("parent", process?.ppid, storm.pid);
  compare("arguments", execs ? process?.args?.slice(0, -1) : process?.args, storm.args);
  if (execs && !/^child=\d+$/.test(process?.args?.at(-1) ?? "")) faults.push(`no number in ${process?.args}`);
  const tree = process?.tree?.slice(0, 2).map((ancestor) => [ancestor.pid, ancestor.path]);
  compare("tree", tree, [
    [life.pid, path],
    [storm.pid, path],
  ]);
  if (new Set(events.map((each) => each.process?.startTime)).size > 1) faults.push("several start times");
  return faults;
}
