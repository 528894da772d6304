import { decodeBytes } from "../text/decode-bytes.ts";

/** The counters of one network interface: a line of `/proc/net/dev` (proc_pid_net(5)). */
export interface InterfaceCounters {
  readonly name: string;
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly receiveErrors: number;
  readonly receiveDrops: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
  readonly sendErrors: number;
  readonly sendDrops: number;
}

/** Parses `/proc/net/dev`. Lines that are none, as the two of the heading, are left out. */
export function parseNetDev(bytes: Buffer): InterfaceCounters[] {
  const interfaces: InterfaceCounters[] = [];
  for (const line of decodeBytes(bytes).split("\n")) {
    // A name holds no space and no slash, but may hold a colon.
    const colon = line.lastIndexOf(":");
    if (colon < 0) continue;
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/ +/)
      .map(Number);
    if (numbers.length < 16 || !numbers.every((number) => number >= 0)) continue;
    const at = (index: number): number => numbers[index] ?? 0;
    interfaces.push({
      name: line.slice(0, colon).trim(),
      receivedBytes: at(0),
      receivedPackets: at(1),
      receiveErrors: at(2),
      receiveDrops: at(3),
      sentBytes: at(8),
      sentPackets: at(9),
      sendErrors: at(10),
      sendDrops: at(11),
    });
  }
  return interfaces;
}
