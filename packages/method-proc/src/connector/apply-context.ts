import type { Procfs } from "@procmon/core";
import type { ProcessTable } from "../events/process-table.ts";
import type { ScannedEvent } from "../scan/scan-messages.ts";
import type { BootClock } from "./boot-clock.ts";
import type { HeldEvent } from "./event-window.ts";
import type { LateExits } from "./late-exits.ts";
import type { Doubts } from "./own-capture.ts";
import type { PartialReads } from "./partial-reads.ts";
import type { ProcessEnds } from "./process-ends.ts";

/** What all that apply events work with. */
export interface ApplyContext {
  readonly procfs: Procfs;
  readonly captureEnv: boolean;
  readonly table: ProcessTable;
  readonly late: LateExits;
  readonly doubts: Doubts;
  readonly clock: BootClock;
  readonly ends: ProcessEnds;
  readonly partial: PartialReads;
  emit(event: ScannedEvent): void;
  /** One of which nothing is known but its pid. */
  onUnknown(pid: number, type: "exec" | "exit", time: bigint): void;
  /** A process that may soon hold sockets. */
  onNew(pid: number): void;
}

/** The event of that kind. */
export type EventOf<T extends HeldEvent["event"]["type"]> = Extract<HeldEvent["event"], { type: T }>;
