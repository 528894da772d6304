import type { MonitorEvent } from "../event/monitor-event.ts";
import type { Process } from "../process/process.ts";

/** Turns what the monitor knows into bytes for the wire. */
export interface Serializer {
  readonly kind: "serializer";
  readonly specVersion: 1;
  readonly name: string;
  serializeProcess(process: Process): Uint8Array;
  serializeEvent(event: MonitorEvent): Uint8Array;
}
