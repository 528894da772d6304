import { type Process, processKey, type Traffic } from "@procmon/core";
import type { ByteRates, ConnectionRates, ProcessRates } from "../traffic/traffic-rates.ts";
import { formatIsoTime } from "./time.ts";

/** A process as `procmon top --json` prints it. */
export interface TopProcess extends ByteRates, Pick<Process, "pid" | "startTime">, Partial<Pick<Process, Described>> {
  /** Those that live. */
  readonly connections: readonly ConnectionRates[];
}

type Described = "ppid" | "uid" | "user" | "comm" | "path";

/** What `procmon top --json` prints for each look. */
export interface TopDocument {
  /** The version of this format. */
  readonly v: 1;
  readonly method: string;
  /** When it was counted. ISO 8601 in UTC with nanoseconds. */
  readonly time: string;
  /** Nanoseconds over which the bytes per second were measured. */
  readonly interval: bigint;
  /** In the order of `--sort`. Only processes that have moved bytes. */
  readonly processes: readonly TopProcess[];
}

/** The processes of one look, and what is known of them by `processKey`. */
export interface MeasuredTraffic {
  readonly method: string;
  readonly time: Traffic["time"];
  /** Nanoseconds. */
  readonly interval: bigint;
  readonly processes: readonly ProcessRates[];
  readonly known: ReadonlyMap<string, Process>;
}

/** Makes the document of one look. */
export function topDocument({ method, time, interval, processes, known }: MeasuredTraffic): TopDocument {
  return {
    v: 1,
    method,
    time: formatIsoTime(time),
    interval,
    processes: processes.map(({ owner, ...rates }) => ({
      pid: owner.pid,
      startTime: owner.startTime,
      ...described(owner, known.get(processKey(owner))),
      ...rates,
    })),
  };
}

/** The owner's own words first: they were true when the bytes were counted. */
function described(owner: ProcessRates["owner"], process: Process | undefined): Partial<Pick<Process, Described>> {
  const comm = owner.comm ?? process?.comm;
  const path = owner.path ?? process?.path;
  return {
    ...(process === undefined ? {} : { ppid: process.ppid }),
    ...(process?.uid === undefined ? {} : { uid: process.uid }),
    ...(process?.user === undefined ? {} : { user: process.user }),
    ...(comm === undefined ? {} : { comm }),
    ...(path === undefined ? {} : { path }),
  };
}
