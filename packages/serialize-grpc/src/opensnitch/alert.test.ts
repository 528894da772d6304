import { EVENT_TYPES, type MethodChange, type MonitorEvent } from "@procmon/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Alert_Action, Alert_Priority, Alert_Type, Alert_What, AlertSchema } from "../generated/opensnitch/ui_pb.js";
import { openSnitchAlert } from "./alert.ts";
import { decodeOpenSnitchAlert } from "./messages.ts";
import { anyConnection, anyOwnership, anyProcess, SHELL, writtenAgain } from "./samples.test-kit.ts";

const TIME = 1_764_427_000_123_456_789n;
const BASE = { time: TIME, method: "ebpf" } as const;
const CONNECTION = { protocol: "tcp", srcIp: "10.0.0.2", srcPort: 4, dstIp: "10.0.0.1", dstPort: 80 } as const;
const OF_CONNECTION = { ...BASE, connection: CONNECTION, ownership: { kind: "none", reason: "not-found" } } as const;

const PROCESS_EVENTS: readonly MonitorEvent[] = [
  { ...BASE, type: "exec", process: SHELL },
  { ...BASE, type: "fork", process: SHELL },
  { ...BASE, type: "exit", process: SHELL, exitCode: 1 },
  { ...BASE, type: "checksum", process: SHELL },
];
const CHECKSUM_CHANGE: MonitorEvent = {
  ...BASE,
  type: "checksum-change",
  process: SHELL,
  path: "/usr/bin/bash",
  previous: { "process.hash.md5": "89ab" },
};
const CONNECTION_EVENTS: readonly MonitorEvent[] = [
  { ...OF_CONNECTION, type: "connect", error: "ECONNREFUSED" },
  { ...OF_CONNECTION, type: "accept" },
  { ...OF_CONNECTION, type: "listen" },
  { ...OF_CONNECTION, type: "close", duration: 5n },
  { ...OF_CONNECTION, type: "flow" },
];
const LOST: MonitorEvent = { ...BASE, type: "lost", source: "subscriber", cause: "full", eventType: "exec", count: 12 };

function method(change: MethodChange, details: { from?: string; reason?: string } = {}): MonitorEvent {
  return { ...BASE, type: "method", change, ...details };
}

function textOf(event: MonitorEvent): string | undefined {
  const { data } = decodeOpenSnitchAlert(openSnitchAlert(event));
  return data.case === "text" ? data.value : undefined;
}

describe("openSnitchAlert", () => {
  it("knows every type of event", () => {
    const types = [...PROCESS_EVENTS, CHECKSUM_CHANGE, ...CONNECTION_EVENTS, LOST, method("start")].map(
      ({ type }) => type,
    );
    expect(types.sort()).toEqual([...EVENT_TYPES].sort());
  });

  it.each(PROCESS_EVENTS)("tells $type with the process", (event) => {
    const alert = decodeOpenSnitchAlert(openSnitchAlert(event, { env: true }));
    expect(alert).toMatchObject({
      id: TIME,
      type: Alert_Type.INFO,
      action: Alert_Action.SHOW_ALERT,
      priority: Alert_Priority.LOW,
      what: Alert_What.KERNEL_EVENT,
      data: { case: "proc", value: { pid: 4711n, path: "/usr/bin/bash", env: { HOME: "/home/user" } } },
    });
    expect(openSnitchAlert(event).includes("HOME")).toBe(false);
  });

  it("warns of an executable that has changed", () => {
    expect(decodeOpenSnitchAlert(openSnitchAlert(CHECKSUM_CHANGE))).toMatchObject({
      type: Alert_Type.WARNING,
      priority: Alert_Priority.HIGH,
      what: Alert_What.KERNEL_EVENT,
      data: { case: "proc", value: { checksums: { "process.hash.md5": "0123" } } },
    });
  });

  it.each(CONNECTION_EVENTS)("tells $type with the connection", (event) => {
    expect(decodeOpenSnitchAlert(openSnitchAlert(event, { host: "example.org" }))).toMatchObject({
      id: TIME,
      type: Alert_Type.INFO,
      action: Alert_Action.SHOW_ALERT,
      priority: Alert_Priority.LOW,
      what: Alert_What.CONNECTION,
      data: { case: "conn", value: { protocol: "tcp", dstPort: 80, dstHost: "example.org" } },
    });
  });

  it("tells of a loss in words", () => {
    expect(decodeOpenSnitchAlert(openSnitchAlert(LOST))).toMatchObject({
      id: TIME,
      type: Alert_Type.WARNING,
      action: Alert_Action.SHOW_ALERT,
      priority: Alert_Priority.MEDIUM,
      what: Alert_What.GENERIC,
      data: { case: "text", value: "12 exec events were lost (subscriber: full)." },
    });
    const one: MonitorEvent = { ...BASE, type: "lost", source: "ring", cause: "overrun", count: 1 };
    expect(textOf(one)).toBe("1 event was lost (ring: overrun).");
  });

  it("tells what happened to the method in words", () => {
    expect(textOf(method("start"))).toBe("The method ebpf runs.");
    expect(textOf(method("fallback", { from: "audit", reason: "No rights." }))).toBe(
      "The method ebpf runs in place of audit. No rights.",
    );
    expect(textOf(method("switch", { from: "proc" }))).toBe("The method ebpf runs now in place of proc.");
    expect(textOf(method("restart", { reason: "It ended." }))).toBe("The method ebpf was restarted. It ended.");
    expect(textOf(method("failure", { reason: "It ended." }))).toBe("The method ebpf failed. It ended.");
    expect(textOf(method("failure", { from: "audit" }))).toBe("The method audit failed; ebpf goes on.");
    expect(textOf(method("stop"))).toBe("The method ebpf was stopped.");
    expect(textOf(method("new" as MethodChange))).toBe("The method ebpf has changed.");
  });

  it("weighs what happened to the method", () => {
    const weight = (change: MethodChange) => {
      const { type, priority } = decodeOpenSnitchAlert(openSnitchAlert(method(change)));
      return [type, priority];
    };
    expect(weight("failure")).toEqual([Alert_Type.ERROR, Alert_Priority.HIGH]);
    expect(weight("fallback")).toEqual([Alert_Type.WARNING, Alert_Priority.MEDIUM]);
    expect(weight("restart")).toEqual([Alert_Type.WARNING, Alert_Priority.MEDIUM]);
    for (const change of ["start", "switch", "stop"] as const) {
      expect(weight(change)).toEqual([Alert_Type.INFO, Alert_Priority.LOW]);
    }
  });

  it("is byte for byte what @bufbuild/protobuf writes", () => {
    fc.assert(
      fc.property(anyProcess, anyConnection, anyOwnership, fc.string(), (process, connection, ownership, word) => {
        const events: MonitorEvent[] = [
          { ...BASE, type: "exec", process },
          { ...BASE, type: "connect", connection, ownership, process },
          { ...BASE, type: "lost", source: word, cause: word, count: 3 },
          { ...BASE, type: "method", change: "failure", reason: word },
        ];
        for (const event of events) {
          const bytes = openSnitchAlert(event, { env: true });
          expect(bytes.equals(writtenAgain(AlertSchema, bytes))).toBe(true);
        }
      }),
    );
  });
});
