import type { ConnectionTuple, Monitor, Ownership, Snapshot } from "@procmon/core";
import type { CommandContext } from "../command-context.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import { findSockets } from "../filter/find-sockets.ts";
import { openSession } from "../monitor-session.ts";
import { parseSocketQuery, type SocketQuery } from "../options/socket-query.ts";
import { formatConnection } from "../output/endpoint.ts";
import { formatJson } from "../output/json.ts";
import { formatOwners, formatPaths, formatPids, ownersOf, SHOWN_OWNERS } from "../output/owners.ts";
import { socketRows } from "../output/socket-table.ts";
import { formatTable } from "../output/table.ts";
import { describeHiddenOwner } from "../output/visibility.ts";
import type { WhoOptions } from "./who.ts";

/** What `procmon who --json` prints. */
export interface WhoDocument extends Snapshot {
  /** The version of this format. */
  readonly v: 1;
  /** The answer for the connection, where the question named its protocol and both ends. */
  readonly ownership?: Ownership;
}

/** The tuple that a query names; undefined where it leaves something open. */
export function tupleOf(query: SocketQuery): ConnectionTuple | undefined {
  if (query.kind !== "connection" || query.protocol === undefined) return undefined;
  const { protocol, local, peer } = query;
  if (local.ip === undefined || peer.ip === undefined) return undefined;
  return { protocol, srcIp: local.ip, srcPort: local.port, dstIp: peer.ip, dstPort: peer.port };
}

/** Found if anybody owns one of them, else not allowed if one is hidden, else nothing. */
export function exitCodeOf(ownerships: readonly Ownership[]): ExitCode {
  if (ownerships.some(({ kind }) => kind === "process" || kind === "kernel")) return EXIT_CODE.found;
  return ownerships.some(({ kind }) => kind === "hidden") ? EXIT_CODE.notAllowed : EXIT_CODE.nothingFound;
}

async function look(query: SocketQuery, monitor: Monitor): Promise<{ document: WhoDocument; match: string }> {
  const tuple = tupleOf(query);
  const ownership = tuple === undefined ? undefined : await monitor.findOwner(tuple);
  const families = query.kind === "inode" ? undefined : (["inet"] as const);
  const snapshot = await monitor.snapshot(families === undefined ? {} : { families });
  const { sockets, match } = findSockets(snapshot.sockets, query);
  const { method, visibility } = snapshot;
  return { document: { v: 1, method, visibility, sockets, ...(ownership === undefined ? {} : { ownership }) }, match };
}

/** The table for the people: a row for each socket, or for the answer alone where no socket has this very tuple. */
function formatAnswer(document: WhoDocument, query: SocketQuery, context: CommandContext): string {
  const { palette } = context;
  const style = { paintHeader: palette.heading, width: context.terminalWidth() };
  const { sockets, ownership } = document;
  if (sockets.length > 0) {
    const { columns, rows } = socketRows(sockets, palette);
    return formatTable(columns, rows, style);
  }
  const tuple = tupleOf(query);
  if (ownership === undefined || tuple === undefined || ownership.kind === "none") return "";
  const columns = ["Connection", "Pid", "Process", "Executable"].map((title) => ({ title }));
  const how = ownership.kind === "process" && ownership.confidence === "derived" ? " (derived)" : "";
  const pids = formatPids(ownership);
  const row = [formatConnection(tuple), pids, `${formatOwners(ownership)}${how}`, formatPaths(ownership)];
  return formatTable(columns, [row], style);
}

function explain(
  document: WhoDocument,
  answers: readonly Ownership[],
  match: string,
  exitCode: ExitCode,
  context: CommandContext,
): void {
  const { sockets, ownership } = document;
  if (exitCode === EXIT_CODE.notAllowed) {
    context.say(describeHiddenOwner(answers), "error");
  } else if (exitCode === EXIT_CODE.nothingFound) {
    const reason = ownership?.kind === "none" && ownership.reason !== "not-found" ? ` (${ownership.reason})` : "";
    const found = sockets.length > 0 || reason !== "";
    context.say(found ? `There is such a socket, but no process owns it${reason}.` : "There is no such socket.");
  } else if (match === "peer") {
    context.say("Nothing here is bound to it; these are connected to it.");
  } else if (match === "wildcard") {
    context.say("Bound to every address, and so to this one.");
  }
}

/** Runs `procmon who`. @throws ProcmonError `INVALID_CONNECTION` */
export async function runWho(
  words: readonly string[],
  options: WhoOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const query = parseSocketQuery(words);
  await using monitor = (await openSession({ ...options, once: true })).monitor;
  const { document, match } = await look(query, monitor);
  const { sockets, ownership } = document;
  const answers = [...sockets.map((socket) => socket.ownership), ...(ownership === undefined ? [] : [ownership])];
  const exitCode = exitCodeOf(answers);
  const text = options.json === true ? formatJson(document) : formatAnswer(document, query, context);
  if (text !== "") await context.output.write(text);
  if (options.json !== true && answers.some((answer) => ownersOf(answer).length > SHOWN_OWNERS)) {
    context.say("There are more owners than fit here; --json has them all.");
  }
  explain(document, answers, match, exitCode, context);
  return exitCode;
}
