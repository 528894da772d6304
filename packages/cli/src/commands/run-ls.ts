import { DEFAULT_PROCFS, requiredToLook, type Snapshot, type SocketEntry } from "@procmon/core";
import type { CommandContext } from "../command-context.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import { createSocketFilter, familiesOf, type SocketKind } from "../filter/socket-filter.ts";
import { openSession } from "../monitor-session.ts";
import { findUid } from "../options/user.ts";
import { formatJson } from "../output/json.ts";
import { readServiceNames } from "../output/service-names.ts";
import { socketRows } from "../output/socket-table.ts";
import { formatTable } from "../output/table.ts";
import { describeHidden } from "../output/visibility.ts";
import { areSocketsHidden } from "../process-presence.ts";
import type { LsOptions } from "./ls.ts";

/** What `procmon ls --json` prints. */
export interface LsDocument extends Snapshot {
  /** The version of this format. */
  readonly v: 1;
}

const KIND_FLAGS = ["tcp", "udp", "raw", "unix", "packet"] as const satisfies readonly SocketKind[];

function chosenKinds(options: LsOptions): ReadonlySet<SocketKind> | undefined {
  const kinds = KIND_FLAGS.filter((kind) => options[kind] === true);
  return kinds.length === 0 ? undefined : new Set(kinds);
}

function chosenVersions(options: LsOptions): ReadonlySet<4 | 6> | undefined {
  if (options.ipv4 !== true && options.ipv6 !== true) return undefined;
  return new Set([...(options.ipv4 === true ? [4 as const] : []), ...(options.ipv6 === true ? [6 as const] : [])]);
}

function chosenStates(options: LsOptions): "connected" | "listening" | "all" {
  if (options.all === true) return "all";
  return options.listening === true ? "listening" : "connected";
}

function nothingFound(options: LsOptions, context: CommandContext): ExitCode {
  if (options.pid !== undefined && areSocketsHidden(options.pid)) {
    context.say(
      `The sockets of process ${options.pid} may not be looked at, which takes ${requiredToLook(DEFAULT_PROCFS)}.`,
      "error",
    );
    return EXIT_CODE.notAllowed;
  }
  context.say("No socket matches.");
  return EXIT_CODE.nothingFound;
}

function printTable(sockets: readonly SocketEntry[], options: LsOptions, context: CommandContext): Promise<void> {
  const { palette } = context;
  const { columns, rows } = socketRows(sockets, palette, options.numeric === true ? undefined : readServiceNames());
  const text = formatTable(columns, rows, {
    header: options.header,
    paintHeader: palette.heading,
    width: context.terminalWidth(),
  });
  return context.output.write(text);
}

/** Runs `procmon ls`. */
export async function runLs(options: LsOptions, context: CommandContext): Promise<ExitCode> {
  const kinds = chosenKinds(options);
  const ipVersions = chosenVersions(options);
  const families = familiesOf(kinds, ipVersions !== undefined);
  await using monitor = (await openSession({ ...options, once: true })).monitor;
  const snapshot = await monitor.snapshot({ families });
  const matches = createSocketFilter({
    states: chosenStates(options),
    ...(kinds === undefined ? {} : { kinds }),
    ...(ipVersions === undefined ? {} : { ipVersions }),
    ...(options.pid === undefined ? {} : { pid: options.pid }),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.user === undefined ? {} : { uid: findUid(options.user) }),
  });
  const { method, visibility } = snapshot;
  const sockets = snapshot.sockets.filter(matches);
  const hidden = describeHidden(visibility, sockets);
  if (hidden !== undefined) context.say(hidden, "warning");
  if (options.json === true) {
    const document: LsDocument = { v: 1, method, visibility, sockets };
    await context.output.write(formatJson(document));
  } else if (sockets.length > 0) {
    await printTable(sockets, options, context);
  }
  return sockets.length === 0 ? nothingFound(options, context) : EXIT_CODE.found;
}
