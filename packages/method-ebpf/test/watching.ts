import { statSync } from "node:fs";
import { type ConnectionTuple, createMonitor, type Monitor, type Ownership, type Protocol } from "@procmon/core";
import { type EbpfMethodOptions, ebpfMethod } from "@procmon/method-ebpf";
import type { Fixture } from "@procmon-internal/fixtures";

/** What `open-socket` tells of the socket that it made. */
export interface MadeSocket {
  readonly pid: number;
  readonly fd: number;
  readonly inode: number;
  readonly port: number;
}

/** A monitor with this method alone, and the method's counters. */
export async function watch(options?: EbpfMethodOptions): Promise<{ monitor: Monitor; stats(): Counters }> {
  const method = ebpfMethod(options);
  const monitor = createMonitor({ methods: [method], strict: true });
  await monitor.start();
  return { monitor, stats: () => method.stats?.() ?? {} };
}

export type Counters = Readonly<Record<string, number>>;

export function networkOf({ pid }: Pick<Fixture<unknown>, "pid">): number {
  return statSync(`/proc/${pid}/ns/net`).ino;
}

/** A tuple from its two ends; without a second one, that of a socket without a peer. */
export function between(
  protocol: Protocol,
  [srcIp, srcPort]: readonly [string, number],
  [dstIp, dstPort]: readonly [string, number] = [srcIp.includes(":") ? "::" : "0.0.0.0", 0],
): ConnectionTuple {
  return { protocol, srcIp, srcPort, dstIp, dstPort };
}

/** An answer in few words, as a test compares it. */
export function told(ownership: Ownership): string {
  if (ownership.kind === "none") return `none: ${ownership.reason}`;
  if (ownership.kind !== "process") return ownership.kind;
  const { confidence, via, owners } = ownership;
  return `${confidence}${via === "listener" ? " listener" : ""} ${owners.map(({ pid }) => pid)}`;
}
