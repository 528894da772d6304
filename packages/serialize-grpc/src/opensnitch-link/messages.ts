import { release } from "node:os";
import { encodeOpenSnitchClientConfig, encodeOpenSnitchStatistics } from "../opensnitch/messages.ts";
import { createWireWriter, type WireWriter } from "../wire/wire-writer.ts";
import type { LinkSettings } from "./options.ts";
import { SENT_COUNTS, type Statistics } from "./statistics.ts";
import { wellFormed } from "./well-formed.ts";

/** The field `events` of `Statistics`. */
const STATISTICS_EVENTS = 17;

const writer: WireWriter = createWireWriter((text) => Buffer.from(text, "utf8"));

/**
 * The `ClientConfig` with which a host introduces itself. As with OpenSnitch's daemon, `version` is the kernel's, and
 * `config` the JSON of its settings, which the UI takes apart: it must have these keys.
 */
export function encodeIntroduction({ address, name, maxEvents }: LinkSettings, method: string | undefined): Uint8Array {
  const config = {
    Server: { Address: address, LogFile: "" },
    DefaultAction: "allow",
    DefaultDuration: "once",
    InterceptUnknown: false,
    ProcMonitorMethod: method ?? "",
    LogLevel: 1,
    Firewall: "",
    Stats: { MaxEvents: maxEvents, MaxStats: SENT_COUNTS },
  };
  return encodeOpenSnitchClientConfig({
    id: BigInt(Date.now()) * 1_000_000n,
    name: wellFormed(name),
    version: wellFormed(release()),
    isFirewallRunning: false,
    config: wellFormed(JSON.stringify(config)),
    logLevel: 1,
  });
}

/** What a ping tells. */
export interface Ping {
  readonly id: bigint;
  readonly version: string;
  readonly statistics: Statistics;
  /** Encoded already. */
  readonly events: readonly Uint8Array[];
}

/** The message `PingRequest`. */
export function encodePing({ id, version, statistics, events }: Ping): Uint8Array {
  const counts = encodeOpenSnitchStatistics({ ...statistics.message(), daemonVersion: version });
  for (const event of events) writer.bytes(STATISTICS_EVENTS, event);
  // Messages of one type, one behind the other, are one message.
  const stats = Buffer.concat([counts, writer.finish()]);
  writer.bigint(1, id);
  writer.bytes(2, stats);
  return writer.finish();
}
