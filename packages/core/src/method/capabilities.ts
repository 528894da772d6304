import type { Protocol } from "../connection/protocol.ts";
import type { MonitorEvent } from "../event/monitor-event.ts";

/** The events that come from a method; `lost` and `method` come from core, checksums from a hasher. */
export type ObservedEventType = Exclude<MonitorEvent["type"], "checksum" | "checksum-change" | "lost" | "method">;

/**
 * How well a method sees a kind of event:
 * - `complete`: each one, however short-lived, or it is counted as lost.
 * - `polled`: by looking again and again; what begins and ends between two looks is not seen.
 */
export type EventCoverage = "complete" | "polled";

/** What a method can see. The conformance suite holds it to this, and `doctor` shows it. */
export interface MethodCapabilities {
  /** A type that is absent is never emitted. */
  readonly events: Readonly<Partial<Record<ObservedEventType, EventCoverage>>>;
  /** The protocols whose owners it finds. */
  readonly protocols: readonly Protocol[];
  /** True if an exec event holds the arguments and the path however soon the process ends. */
  readonly execSafe: boolean;
  /** Whether it sees sockets of other network namespaces. */
  readonly networkNamespaces: "all" | "own";
  /** What it cannot see, one sentence each, for the user. */
  readonly blindSpots: readonly string[];
}
