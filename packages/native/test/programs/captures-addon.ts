// The addon of `addon/captures.cc`: captures of datagrams that no kernel sends.
import { createRequire } from "node:module";
import type { Addon } from "../../src/addon.ts";
import { addonRules, type CaptureRule, type TextCaptureRule } from "../../src/netlink/capture-rules.ts";
import { type Datagram, forEachDatagram } from "../../src/netlink/datagram-batch.ts";

interface CapturesAddon {
  capture(config: Pick<StartConfig, "captures" | "procfsRoot">, datagram: Uint8Array): Buffer;
  lingering(): number;
  hangInClosing(port: number, count: number): void;
}

type StartConfig = Parameters<InstanceType<Addon["NetlinkSocket"]>["start"]>[0];

/** What it does. */
export interface Captures {
  /** What is captured when this datagram comes. */
  of(
    rules: readonly (CaptureRule | TextCaptureRule)[],
    datagram: Uint8Array,
    procfsRoot?: string,
  ): Datagram["captures"];
  /** A descriptor of a new socket of TCP that lingers (SO_LINGER). */
  lingering(): number;
  /** Begins to close so many sockets that linger until their peer at this port of 127.0.0.1 is gone. */
  hangInClosing(port: number, count: number): void;
}

/** Loads the binary. */
export function loadCaptures(binary: string): Captures {
  const addon = createRequire(import.meta.url)(binary) as CapturesAddon;
  return {
    of(rules, datagram, procfsRoot = "/proc") {
      const found: Datagram[] = [];
      const batch = addon.capture({ captures: addonRules(rules), procfsRoot }, datagram);
      forEachDatagram(batch, { datagram: (one) => found.push(one) });
      return found[0]?.captures ?? [];
    },
    lingering: () => addon.lingering(),
    hangInClosing: (port, count) => addon.hangInClosing(port, count),
  };
}
