import type {
  AcceptEvent,
  ChecksumChangeEvent,
  ChecksumEvent,
  CloseEvent,
  ConnectEvent,
  ExecEvent,
  ExitEvent,
  FlowEvent,
  ForkEvent,
  ListenEvent,
  LostEvent,
  MethodEvent,
  MonitorEvent,
  Ownership,
  Process,
  ProcessOwnership,
} from "@procmon/core";
import { formatIsoTime } from "./time.ts";

/** The ownership in a record: `owners` only where the record's `process` does not tell them. */
export type RecordedOwnership =
  | Exclude<Ownership, ProcessOwnership>
  | (Omit<ProcessOwnership, "owners"> & {
      /** Absent where there is one owner, and `process` of the record is it. */
      readonly owners?: ProcessOwnership["owners"];
    });

interface RecordHead {
  /** The version of this format. */
  readonly v: 1;
  /** ISO 8601 in UTC with nanoseconds, for example `2026-01-02T03:04:05.123456789Z`. */
  readonly time: string;
}

interface ConnectionRecordHead extends RecordHead {
  readonly ownership: RecordedOwnership;
}

type Replaced = "time" | "ownership";

export interface ExecRecord extends RecordHead, Omit<ExecEvent, Replaced> {}
export interface ForkRecord extends RecordHead, Omit<ForkEvent, Replaced> {}
export interface ExitRecord extends RecordHead, Omit<ExitEvent, Replaced> {}
export interface ConnectRecord extends ConnectionRecordHead, Omit<ConnectEvent, Replaced> {}
export interface AcceptRecord extends ConnectionRecordHead, Omit<AcceptEvent, Replaced> {}
export interface ListenRecord extends ConnectionRecordHead, Omit<ListenEvent, Replaced> {}
export interface CloseRecord extends ConnectionRecordHead, Omit<CloseEvent, Replaced> {}
export interface FlowRecord extends ConnectionRecordHead, Omit<FlowEvent, Replaced> {}
export interface ChecksumRecord extends RecordHead, Omit<ChecksumEvent, Replaced> {}
export interface ChecksumChangeRecord extends RecordHead, Omit<ChecksumChangeEvent, Replaced> {}
export interface LostRecord extends RecordHead, Omit<LostEvent, Replaced> {}
export interface MethodRecord extends RecordHead, Omit<MethodEvent, Replaced> {}

/** One line of `procmon watch --json`: the event, with `v` and a readable time. */
export type WatchRecord =
  | ExecRecord
  | ForkRecord
  | ExitRecord
  | ConnectRecord
  | AcceptRecord
  | ListenRecord
  | CloseRecord
  | FlowRecord
  | ChecksumRecord
  | ChecksumChangeRecord
  | LostRecord
  | MethodRecord;

function withoutEnv(process: Process): Process {
  if (process.env === undefined) return process;
  const { env: _secret, ...rest } = process;
  return rest;
}

function recordOwnership(ownership: Ownership, process: Process | undefined): RecordedOwnership {
  if (ownership.kind !== "process" || ownership.owners.length > 1) return ownership;
  const [owner] = ownership.owners;
  if (process?.pid !== owner.pid || process.startTime !== owner.startTime) return ownership;
  return { kind: ownership.kind, confidence: ownership.confidence, via: ownership.via };
}

/** Makes the record of an event. The environment is left out unless `env` is true. */
export function watchRecord(event: MonitorEvent, env: boolean): WatchRecord {
  const process = "process" in event ? event.process : undefined;
  const shown = process === undefined || env ? process : withoutEnv(process);
  const { type, time, method, ...rest } = event;
  const record = {
    v: 1,
    type,
    time: formatIsoTime(time),
    method,
    ...rest,
    ...("ownership" in event ? { ownership: recordOwnership(event.ownership, process) } : {}),
    ...(shown === undefined ? {} : { process: shown }),
  };
  return record as WatchRecord;
}
