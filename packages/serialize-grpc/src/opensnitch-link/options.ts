import { hostname } from "node:os";
import {
  DEFAULT_PROCFS,
  EVENT_TYPES,
  type Logger,
  type MonitorEventType,
  type Procfs,
  ProcmonError,
} from "@procmon/core";
import { shownValue } from "../text/shown-value.ts";
import { parseUiAddress, type UiAddress } from "./address.ts";
import { checkLinkTls, type LinkTls } from "./tls-options.ts";

/**
 * Where the link is:
 * - `connecting`: it calls the UI.
 * - `connected`: the UI has taken this host in and answers.
 * - `waiting`: there is no UI; the next attempt comes after a while.
 * - `stopped`.
 */
export type LinkState = "connecting" | "connected" | "waiting" | "stopped";

/** Options of `linkToOpenSnitch`. */
export interface LinkOptions {
  /** Of the UI, as OpenSnitch writes it: `unix:///tmp/osui.sock`, `127.0.0.1:50051`. */
  readonly address: string;
  /** How the UI names this host. @default the hostname */
  readonly name?: string;
  /**
   * Three numbers with dots: the version of OpenSnitch that this host passes for. The UI warns its user once where the
   * first two differ from its own. @default one that goes with the UI
   */
  readonly version?: string;
  /** Connections in one ping, which comes each second, 1–10000; of more, the newest are told. @default 500 */
  readonly maxEvents?: number;
  /** Events that are told as an alert as well. @default ["lost", "method", "checksum-change"] */
  readonly alerts?: readonly MonitorEventType[];
  /** For a TCP address. @default none */
  readonly tls?: LinkTls;
  /** Also to another machine without TLS, for everybody on the way to read. @default false */
  readonly insecure?: boolean;
  /**
   * With the environment of processes: of connections where the monitor collects it, and of those that the UI asks for.
   * It holds secrets. @default false
   */
  readonly env?: boolean;
  /** For the details of single processes. @default { root: "/proc" } */
  readonly procfs?: Procfs;
  /** @default silent */
  readonly log?: Logger;
  /** Called with each change of the state; `reason` tells why there is no UI. */
  readonly onState?: (state: LinkState, reason?: ProcmonError) => void;
}

/** Options that have been checked, with the defaults. */
export interface LinkSettings extends Required<Omit<LinkOptions, "version" | "tls" | "insecure" | "log" | "onState">> {
  readonly version: string | undefined;
  readonly ui: UiAddress;
  readonly tls: LinkTls | undefined;
  readonly log: Logger | undefined;
  readonly onState: LinkOptions["onState"];
}

const LONGEST_NAME = 253;
const MOST_EVENTS = 10_000;

/** @throws ProcmonError `INVALID_OPTION` */
export function linkSettings(options: LinkOptions): LinkSettings {
  if (typeof options !== "object" || options === null) throw noOptions();
  const { address, tls, log, onState } = options;
  const ui = parseUiAddress(address);
  if (!ui.isLocal && tls === undefined && options.insecure !== true) throw plaintext(address);
  if (tls !== undefined) checkLinkTls(tls);
  const settings: LinkSettings = {
    address,
    ui,
    name: options.name ?? hostname(),
    version: options.version,
    maxEvents: options.maxEvents ?? 500,
    alerts: options.alerts ?? ["lost", "method", "checksum-change"],
    env: options.env ?? false,
    procfs: options.procfs ?? DEFAULT_PROCFS,
    tls,
    log,
    onState,
  };
  const found = faultOf(settings);
  if (found !== undefined) throw new ProcmonError({ code: "INVALID_OPTION", ...found });
  return settings;
}

function faultOf({ name, version, maxEvents, alerts, env }: LinkSettings): Fault | undefined {
  // Any text would be true, and the environment holds secrets.
  if (typeof env !== "boolean") return fault("env", env, "Give true or false.");
  if (typeof name !== "string" || name.length < 1 || name.length > LONGEST_NAME) {
    return fault("name", name, `Give 1 to ${LONGEST_NAME} characters.`);
  }
  if (version !== undefined && (typeof version !== "string" || !/^\d{1,5}\.\d{1,5}\.\d{1,5}$/.test(version))) {
    return fault(
      "version",
      version,
      'Give three numbers as in "1.6.9": OpenSnitch\'s UI passes over hosts of another version.',
    );
  }
  if (!Number.isInteger(maxEvents) || maxEvents < 1 || maxEvents > MOST_EVENTS) {
    return fault("maxEvents", maxEvents, `Give a whole number from 1 to ${MOST_EVENTS}.`);
  }
  const unknown = Array.isArray(alerts) ? alerts.find((type) => !EVENT_TYPES.includes(type)) : alerts;
  if (unknown !== undefined) return fault("alerts", unknown, `Give a list of these: ${EVENT_TYPES.join(", ")}.`);
  return undefined;
}

interface Fault {
  readonly message: string;
  readonly remedy: string;
}

function fault(option: string, value: unknown, remedy: string): Fault {
  return { message: `The option ${option} cannot be ${shownValue(value)}.`, remedy };
}

function noOptions(): ProcmonError {
  return new ProcmonError({
    code: "INVALID_OPTION",
    message: "The options must be an object.",
    remedy: 'Give an object with an address, as { address: "unix:///tmp/osui.sock" }.',
  });
}

function plaintext(address: string): ProcmonError {
  return new ProcmonError({
    code: "INVALID_OPTION",
    message: `Without TLS everybody between here and ${address} could read what this host does.`,
    remedy: "Use a tunnel to a local address; in a program, give tls, or set insecure to true.",
  });
}
