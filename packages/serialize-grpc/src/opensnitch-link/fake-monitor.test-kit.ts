import {
  type AcceptEvent,
  type ConnectEvent,
  createMonitor,
  type FlowEvent,
  type MethodHost,
  type Monitor,
  type MonitorMethod,
  type Process,
} from "@procmon/core";
import { onTestFinished } from "vitest";

/** A monitor that sees what it is told. */
export interface FakeMonitor {
  readonly monitor: Monitor;
  readonly host: MethodHost;
}

/** Starts one, which is stopped after the test. */
export async function startFakeMonitor(): Promise<FakeMonitor> {
  let host: MethodHost | undefined;
  const method: MonitorMethod = {
    specVersion: 1,
    name: "fake",
    capabilities: {
      events: { connect: "complete", accept: "complete", flow: "complete" },
      protocols: ["tcp"],
      execSafe: true,
      networkNamespaces: "own",
      blindSpots: [],
    },
    probe: async () => ({ result: "available", checks: [] }),
    async start(given) {
      host = given;
    },
    stop: async () => {},
    findOwner: async () => ({ kind: "none", reason: "not-found" }),
  };
  const monitor = createMonitor({ methods: [method] });
  onTestFinished(() => monitor.stop());
  await monitor.start();
  if (host === undefined) throw new Error("the method was not started");
  return { monitor, host };
}

/** A process that need not exist. */
export function someProcess(pid: number, facts: Partial<Process> = {}): Process {
  return { pid, startTime: BigInt(pid), ppid: 1, comm: `p${pid}`, path: `/bin/p${pid}`, uid: 1000, ...facts };
}

/** A connection of that process to port 443 of 192.0.2.1. */
export function someConnect(pid: number, facts: Partial<ConnectEvent> = {}): ConnectEvent {
  return { type: "connect", ...common(pid), ...facts };
}

/** A connection from port 50000 + pid that the process has accepted on port 80. */
export function someAccept(pid: number): AcceptEvent {
  const peer = { dstIp: "192.0.2.9", dstPort: 50_000 + pid };
  return { ...common(pid), type: "accept", connection: { protocol: "tcp", srcIp: "192.0.2.2", srcPort: 80, ...peer } };
}

/** A datagram of that process to port 53. */
export function someFlow(pid: number): FlowEvent {
  const ends = { srcIp: "192.0.2.2", srcPort: 40_000, dstIp: "192.0.2.53", dstPort: 53 };
  return { ...common(pid), type: "flow", connection: { protocol: "udp", ...ends } };
}

function common(pid: number) {
  const process = someProcess(pid);
  return {
    time: BigInt(pid) * 1_000_000_000n,
    method: "fake",
    connection: { protocol: "tcp", srcIp: "192.0.2.2", srcPort: 40_000, dstIp: "192.0.2.1", dstPort: 443 },
    ownership: { kind: "process", confidence: "exact", via: "fake", owners: [process] },
    process,
  } as const;
}
