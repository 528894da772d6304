import type { MonitorEventType } from "@procmon/core";

/** What a monitor in a process of its own does. */
export interface MonitorSetup {
  /** The proc method by the kernel's connector or by polling, the method ebpf, or the method audit: with rules of its own, or reading auditd's plugin. */
  readonly way: "connector" | "polling" | "ebpf" | "audit" | "audit-plugin";
  /** Of auditd's plugin. */
  readonly pluginSocket?: string;
  readonly types: readonly MonitorEventType[];
  /** Of each event: nothing, whose it is, or also what is compared. What the reader keeps is no cost of the monitor's. */
  readonly keep: "nothing" | "pids" | "details";
}

/** Answered when so many events of this type have come, or none for a while. */
export interface SeenQuestion {
  readonly type: MonitorEventType;
  readonly count: number;
  /** Only events of these processes count. @default all */
  readonly pids?: readonly number[];
}

/** What has been seen of the processes in question. */
export interface Seen {
  /** Events by type. */
  readonly counts: Readonly<Partial<Record<MonitorEventType, number>>>;
  readonly details: readonly SeenDetail[];
  /** Over the whole machine: events, and those that were lost. */
  readonly total: number;
  readonly lost: number;
}

/** What is compared of an event. */
export interface SeenDetail {
  readonly type: MonitorEventType;
  readonly pid: number;
  readonly ppid?: number;
  readonly path?: string;
  readonly args?: readonly string[];
  readonly srcPort?: number;
}
