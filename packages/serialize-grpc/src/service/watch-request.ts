import { type MonitorEventType, ProcmonError, type Protocol } from "@procmon/core";
import { WatchRequestSchema } from "../generated/procmon/v1/service_pb.js";
import { EVENT_TYPE_WORDS, PROTOCOL_WORDS, type Words } from "../procmon-v1/words.ts";
import { decodeText } from "../text/utf8-text.ts";
import type { EventConditions } from "./event-filter.ts";
import { parseRequest } from "./lookup-requests.ts";

/** What a client wants to watch. */
export interface WatchWish {
  readonly conditions: EventConditions;
  /** Undefined means every type; else with those that tell of the stream itself. */
  readonly types: readonly MonitorEventType[] | undefined;
  readonly env: boolean;
}

/** Entries of each list in a request. */
const LONGEST_LIST = 1000;

/**
 * Reads a procmon.v1.WatchRequest.
 *
 * @throws ProcmonError `INVALID_MESSAGE`; `INVALID_OPTION` where it asks for what this version does not know.
 */
export function readWatchRequest(bytes: Uint8Array): WatchWish {
  const request = parseRequest(WatchRequestSchema, bytes);
  for (const field of ["types", "pids", "names", "uids", "ports", "protocols"] as const) {
    if (request[field].length > LONGEST_LIST)
      throw refused(`There are too many ${field}.`, `Ask for ${LONGEST_LIST} at most.`);
  }
  const types = wordsOf<MonitorEventType>(request.types, EVENT_TYPE_WORDS, "event type");
  const names = request.names.map((name) => decodeText(Buffer.from(name)));
  return {
    conditions: {
      types,
      pids: setOf(request.pids),
      names: setOf(names),
      uids: setOf(request.uids),
      ports: setOf(request.ports),
      protocols: wordsOf<Protocol>(request.protocols, PROTOCOL_WORDS, "protocol"),
    },
    types: types && [...types, "method"],
    env: request.env,
  };
}

/** An empty list sets no condition. */
function setOf<T>(list: readonly T[]): Set<T> | undefined {
  return list.length === 0 ? undefined : new Set(list);
}

/** What is not known must not become a condition that is not there. */
function wordsOf<Word extends string>(
  numbers: readonly number[],
  words: Words<Word>,
  what: string,
): Set<Word> | undefined {
  const known = numbers.map((number) => {
    const word = words.wordOf(number);
    if (word === undefined) throw refused(`${number} is no ${what}.`, `Use those that this server's version knows.`);
    return word;
  });
  return setOf(known);
}

function refused(message: string, remedy: string): ProcmonError {
  return new ProcmonError({ code: "INVALID_OPTION", message, remedy });
}
