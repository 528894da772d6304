import type { Hasher, MonitorEvent, MonitorEventType } from "@procmon/core";
import { ProcmonError } from "@procmon/core";
import { CHECKSUM_TYPES, STREAM_TYPES, WATCHED_TYPES } from "../options/event-types.ts";
import { holdForChecksums } from "./hold-for-checksums.ts";

/**
 * The types of events to ask a monitor for.
 *
 * @param asked of the user; undefined where that is the command's choice
 * @throws ProcmonError `INVALID_OPTION` for types that come only with checksums, where none are computed
 */
export function watchedTypes(
  asked: readonly MonitorEventType[] | undefined,
  isHashing: boolean,
): readonly MonitorEventType[] {
  const missing = isHashing ? undefined : asked?.find((type) => CHECKSUM_TYPES.includes(type));
  if (missing !== undefined) {
    throw new ProcmonError({
      code: "INVALID_OPTION",
      message: `Events of the type ${missing} come only with --hash.`,
      remedy: "Add --hash sha256.",
    });
  }
  const chosen = asked ?? [...WATCHED_TYPES, ...(isHashing ? ["checksum-change" as const] : [])];
  return [...new Set([...chosen, ...STREAM_TYPES])];
}

/** How to watch with checksums. */
export interface WatchedChecksumsOptions {
  readonly hasher: Hasher;
  readonly types: readonly MonitorEventType[];
  wanted(event: MonitorEvent): boolean;
  readonly flush: AbortSignal;
}

/**
 * The events that are wanted, with the checksums that are known within a second. Where they are not, an event `checksum` follows: the
 * monitor's own, if all of these are asked for.
 */
export function withChecksums(
  events: AsyncIterable<MonitorEvent>,
  { hasher, types, wanted, flush }: WatchedChecksumsOptions,
): AsyncIterable<MonitorEvent> {
  const followsByItself = types.includes("checksum");
  return holdForChecksums(events, {
    flush,
    wanted,
    hash: (process) => hasher.hash(process),
    followUp: (process) =>
      followsByItself
        ? undefined
        : { type: "checksum", time: BigInt(Date.now()) * 1_000_000n, method: hasher.name, process },
  });
}
