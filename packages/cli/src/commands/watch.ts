import type { MonitorEventType } from "@procmon/core";
import type { Algorithm } from "@procmon/hashing";
import { type Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import { hashOption } from "../options/algorithms.ts";
import { parseDuration } from "../options/duration.ts";
import { EVENT_TYPE_MEANINGS, parseEventTypes, WATCHED_TYPES } from "../options/event-types.ts";
import { parseCount, parsePid, parsePort } from "../options/integer.ts";
import { jsonOption, type MethodOptions, methodOption, strictOption } from "../options/shared-options.ts";

/** What the user asked `watch` for. */
export interface WatchOptions extends MethodOptions {
  readonly types?: readonly MonitorEventType[];
  readonly pid?: number;
  readonly name?: string;
  readonly port?: number;
  /** A name or a uid. */
  readonly user?: string;
  /** Milliseconds. */
  readonly duration?: number;
  readonly count?: number;
  readonly json?: boolean;
  readonly env?: boolean;
  readonly hash?: readonly Algorithm[];
}

const TYPES = Object.entries(EVENT_TYPE_MEANINGS)
  .map(([type, meaning]) => `  ${type.padEnd(15)} ${meaning}`)
  .join("\n");

const HELP = `
Types of events:
${TYPES}
Without --types connections and processes are chosen. lost and method are always shown. With --hash, checksum-change is
chosen too, and a record that had to be printed before its checksums were known is followed by one of the type checksum.

Examples:
  procmon watch                          connections and processes, as they happen
  procmon watch --types connect -P 443   who connects to port 443
  procmon watch -n curl --json           what curl does, one JSON record per line
  procmon watch --duration 10s -u ann    what ann's processes do in the next 10 seconds
  procmon watch --method ebpf --strict   with eBPF or not at all
  procmon watch --hash sha256 -t exec    what is run, with checksums

It ends with code 0 when you end it (Ctrl-C) or --count is reached, and with 1 when --duration passes without a record.
`;

/** Adds `procmon watch`. */
export function addWatch(program: Command, context: () => CommandContext): void {
  program
    .command("watch")
    .description("show connections and processes as they happen")
    .addOption(methodOption())
    .addOption(strictOption())
    .addOption(
      new Option("-t, --types <types>", `types of events (default: ${WATCHED_TYPES.join(",")})`).argParser(
        parseEventTypes,
      ),
    )
    .option("-p, --pid <pid>", "only this process", parsePid)
    .option("-n, --name <name>", "only processes of this name: the comm, or the last part of the path")
    .option("-P, --port <port>", "only connections with this port at either end", parsePort)
    .option("-u, --user <user>", "only processes of this user, by name or number")
    .option("-d, --duration <time>", "end after this time: 500ms, 5s, 1m", parseDuration)
    .option("-c, --count <n>", "end after so many records", parseCount)
    .addOption(jsonOption("one JSON record per line (schemas/watch-record.schema.json)"))
    .addOption(hashOption("add checksums of the executables; a record waits for them, at most a second"))
    .option("--env", "collect and print the environment of processes; it may hold secrets")
    .addHelpText("after", HELP)
    .action(async (options: WatchOptions) => {
      const { runWatch } = await import("./run-watch.ts");
      process.exitCode = await runWatch(options, context());
    });
}
