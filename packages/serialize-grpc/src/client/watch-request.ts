import { create, toBinary } from "@bufbuild/protobuf";
import { EVENT_TYPES, type MonitorEventType, PROTOCOLS, ProcmonError, type Protocol } from "@procmon/core";
import { WatchRequestSchema } from "../generated/procmon/v1/service_pb.js";
import { EVENT_TYPE_WORDS, PROTOCOL_WORDS } from "../procmon-v1/words.ts";
import { shownValue } from "../text/shown-value.ts";
import { encodeText } from "../text/utf8-text.ts";

/**
 * Which events a watch gives. Conditions that are there must all hold; of a list, one. What tells of the stream itself
 * (`lost`, `method`) always comes, unless it concerns other types only. A list must not be empty.
 */
export interface WatchFilter {
  /** @default every type */
  readonly types?: readonly MonitorEventType[];
  /** Of the process, or of an owner of the connection. @default every one */
  readonly pids?: readonly number[];
  /** The comm, or the last part of the executable's path. @default every one */
  readonly names?: readonly string[];
  /** Effective user ids. @default every one */
  readonly uids?: readonly number[];
  /** Of either end of a connection. No event without a connection comes then. @default every one */
  readonly ports?: readonly number[];
  /** No event without a connection comes then. @default every one */
  readonly protocols?: readonly Protocol[];
}

const UINT32_LIMIT = 0xffff_ffff;
const PORT_LIMIT = 65_535;
const ALLOWED: Readonly<Record<keyof WatchFilter, string>> = {
  types: `use ${EVENT_TYPES.join(", ")}`,
  pids: "use process ids",
  names: "use texts",
  uids: "use user ids",
  ports: "use ports from 0 to 65535",
  protocols: `use ${PROTOCOLS.join(", ")}`,
};

/**
 * The bytes of a procmon.v1.WatchRequest.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function encodeWatchRequest(filter: WatchFilter, env: boolean): Uint8Array {
  const request = create(WatchRequestSchema, {
    types: list("types", filter.types, (type) => EVENT_TYPE_WORDS.numberOf(type) || undefined),
    pids: list("pids", filter.pids, (pid) => integer(pid, UINT32_LIMIT)),
    names: list("names", filter.names, (name) =>
      typeof name === "string" ? encodeText(name).toString("utf8") : undefined,
    ),
    uids: list("uids", filter.uids, (uid) => integer(uid, UINT32_LIMIT)),
    ports: list("ports", filter.ports, (port) => integer(port, PORT_LIMIT)),
    protocols: list("protocols", filter.protocols, (protocol) => PROTOCOL_WORDS.numberOf(protocol) || undefined),
    env,
  });
  return toBinary(WatchRequestSchema, request);
}

/** An empty list would mean everything to the server, and is refused. */
function list<Item, Converted>(
  name: keyof WatchFilter,
  items: readonly Item[] | undefined,
  convert: (item: Item) => Converted | undefined,
): Converted[] {
  if (items === undefined) return [];
  if (!Array.isArray(items) || items.length === 0) {
    throw invalidFilter(`${name} must be a list that is not empty`, `Leave ${name} out to get all.`);
  }
  return items.map((item: Item) => {
    const converted = convert(item);
    if (converted !== undefined) return converted;
    throw invalidFilter(`${shownValue(item)} cannot be in ${name}`, `Correct ${name}: ${ALLOWED[name]}.`);
  });
}

function integer(value: unknown, limit: number): number | undefined {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= limit
    ? (value as number)
    : undefined;
}

function invalidFilter(why: string, remedy: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_OPTION", message: `This cannot be watched: ${why}.`, remedy });
}
