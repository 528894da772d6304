import { KERNEL_CONNECTION } from "@procmon/core";
import type { EventRecord, ProcessEvent } from "./event-record.ts";
import { endOf, type Storm } from "./storm.ts";

/** One program that a child of a storm runs. */
export interface Image {
  readonly path: string;
  readonly args: readonly string[];
}

/** The images that child `number` runs after each other; the first one is what it was forked with. */
export type ImagesOf = (number: number) => readonly Image[];

/**
 * What was told of a storm and is not right: each child is forked, runs its images and ends, each told once and in this order, each with the
 * path and the arguments of that very image, or none.
 */
export function findFaults(record: EventRecord, storm: Storm, imagesOf: ImagesOf): string[] {
  return storm.pids.flatMap((pid, number) => {
    return faultsOfChild(eventsOf(record, pid, storm), imagesOf(number), storm.statuses[number] ?? -1, storm.pid).map(
      (fault) => `child ${number}, pid ${pid}: ${fault}`,
    );
  });
}

/** Without those of others who had the pid before or after: on a machine with others it may be given away meanwhile. */
function eventsOf(record: EventRecord, pid: number, storm: Storm): readonly ProcessEvent[] {
  let isOurs = true;
  return record.of(pid).filter(({ type, process }) => {
    if (type === "fork") isOurs = process.ppid === storm.pid;
    return isOurs;
  });
}

/** Of the events of one child. */
export function faultsOfChild(
  events: readonly ProcessEvent[],
  images: readonly Image[],
  status: number,
  parent: number,
): string[] {
  const types = events.map(({ type }) => type).join();
  const wanted = ["fork", ...images.slice(1).map(() => "exec"), "exit"].join();
  if (types !== wanted) return [`${types || "nothing"} instead of ${wanted}`];
  const faults = events.flatMap((event, at) => faultsOfImage(event, images[Math.min(at, images.length - 1)] as Image));
  if (new Set(events.map(({ process }) => process.startTime)).size > 1) faults.push("several start times");
  if (events[0]?.process.ppid !== parent) faults.push(`the parent is ${events[0]?.process.ppid}`);
  const end = events.at(-1) as { exitCode?: number; signal?: number };
  const told = JSON.stringify({ exitCode: end.exitCode, signal: end.signal });
  if (told !== JSON.stringify(endOf(status))) faults.push(`ended with ${told}, the wait status is ${status}`);
  return faults;
}

/** Another image's path, arguments or name; unknown is no fault. */
function faultsOfImage({ type, process }: ProcessEvent, image: Image): string[] {
  const { path, args, comm } = process;
  const faults: string[] = [];
  if (path !== undefined && path !== image.path) faults.push(`${type} with the path ${path}, not ${image.path}`);
  if (path === KERNEL_CONNECTION) faults.push(`${type} of the kernel`);
  if (args !== undefined && JSON.stringify(args) !== JSON.stringify(image.args))
    faults.push(`${type} with the arguments ${JSON.stringify(args)}, not ${JSON.stringify(image.args)}`);
  if (path !== undefined && comm !== "" && !commFits(comm, image.path))
    faults.push(`${type} with the name ${JSON.stringify(comm)} for ${image.path}`);
  return faults;
}

/** The kernel's name of a process is the first 15 bytes of its file's. */
function commFits(comm: string, path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith(comm);
}

/** How many execs were told with both path and arguments. */
export function countWhole(record: EventRecord, storm: Storm): number {
  const execs = storm.pids.flatMap((pid) => record.of(pid).filter(({ type }) => type === "exec"));
  return execs.filter(({ process }) => process.path !== undefined && process.args !== undefined).length;
}
