import { type Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import { parseDuration, parseInterval } from "../options/duration.ts";
import { parseCount, parsePid } from "../options/integer.ts";
import { jsonOption, type MethodOptions, methodOption, strictOption } from "../options/shared-options.ts";

/** What processes are sorted by. */
export const SORT_ORDERS = ["total", "sent", "received"] as const;

/** One of {@link SORT_ORDERS}. */
export type SortOrder = (typeof SORT_ORDERS)[number];

/** What the user asked `top` for. */
export interface TopOptions extends MethodOptions {
  /** Milliseconds from one look to the next. */
  readonly interval: number;
  readonly once?: boolean;
  readonly count?: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly sort: SortOrder;
  readonly pid?: number;
  readonly name?: string;
  /** A name or a uid. */
  readonly user?: string;
  readonly json?: boolean;
}

const HELP = `
Bytes are the payload of the sockets' own layer: without headers, and without what was sent again. They are counted since
the method started, those of TCP connections since these began. Only methods that count bytes are tried.

Examples:
  procmon top                        processes by traffic, refreshed each second
  procmon top --interval 5s -u ann   what ann's processes move
  procmon top --sort received        who downloads
  procmon top --once --json          one interval, as one JSON document
  procmon top --json --count 60      a minute, one JSON document per line

It ends with code 0 when you end it (Ctrl-C) or --count is reached, and with 1 where no process moved a byte.
`;

/** Adds `procmon top`. */
export function addTop(program: Command, context: () => CommandContext): void {
  program
    .command("top")
    .description("show processes by traffic, refreshed in place")
    .addOption(methodOption())
    .addOption(strictOption())
    .addOption(
      new Option("-i, --interval <time>", "time between two looks").default(1000, "1s").argParser(parseInterval),
    )
    .addOption(new Option("--once", "measure one interval, print it and end").conflicts(["count", "duration"]))
    .option("-c, --count <n>", "end after so many looks", parseCount)
    .option("-d, --duration <time>", "end after this time: 500ms, 5s, 1m", parseDuration)
    .addOption(new Option("-s, --sort <order>", "most of what first").choices(SORT_ORDERS).default("total"))
    .option("-p, --pid <pid>", "only this process", parsePid)
    .option("-n, --name <name>", "only processes of this name: the comm, or the last part of the path")
    .option("-u, --user <user>", "only processes of this user, by name or number")
    .addOption(jsonOption("one JSON document per look (schemas/top.schema.json)"))
    .addHelpText("after", HELP)
    .action(async (options: TopOptions) => {
      const { runTop } = await import("./run-top.ts");
      process.exitCode = await runTop(options, context());
    });
}
