import { DEFAULT_PROCFS, listPids, type Process, readProcess, type SocketEntry } from "@procmon/core";
import type { CommandContext } from "../command-context.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import { openSession } from "../monitor-session.ts";
import { escapeText } from "../output/escape.ts";
import { ownersOf } from "../output/owners.ts";
import { drawTree, growTrees, type TreeNode } from "../output/process-tree.ts";
import { quoteArgs } from "../output/quote.ts";
import { socketEnds, socketProtocol } from "../output/socket-table.ts";
import { cutText } from "../output/text-width.ts";
import { formatNestedJson } from "../output/tree-json.ts";
import { describeHidden } from "../output/visibility.ts";
import { explainAbsence } from "../process-presence.ts";
import type { TreeOptions } from "./tree.ts";

/** One process of the tree, with its sockets and children. */
export interface TreeProcess extends Omit<Process, "tree" | "env"> {
  readonly sockets: readonly SocketEntry[];
  readonly children: readonly TreeProcess[];
}

/** What `procmon tree --json` prints. */
export interface TreeDocument {
  /** The version of this format. */
  readonly v: 1;
  /** The roots: processes whose parent is not shown. */
  readonly processes: readonly TreeProcess[];
}

/** Beyond this many characters, arguments are cut in the drawing. */
const ARGS_LIMIT = 200;

function readProcesses(withKernel: boolean): readonly Process[] {
  const processes: Process[] = [];
  for (const pid of listPids(DEFAULT_PROCFS)) {
    const outcome = readProcess(DEFAULT_PROCFS, pid, { tree: false });
    if (outcome.ok && (withKernel || outcome.value.kernelThread !== true)) processes.push(outcome.value);
  }
  return processes;
}

/** Sockets by the pid and start time of each process that holds them. */
function socketsByOwner(sockets: readonly SocketEntry[]): ReadonlyMap<string, SocketEntry[]> {
  const byOwner = new Map<string, SocketEntry[]>();
  for (const socket of sockets) {
    for (const { pid, startTime } of ownersOf(socket.ownership)) {
      const key = `${pid}:${startTime}`;
      const known = byOwner.get(key);
      if (known === undefined) byOwner.set(key, [socket]);
      else known.push(socket);
    }
  }
  return byOwner;
}

function findNode(roots: readonly TreeNode<Process>[], pid: number): TreeNode<Process> | undefined {
  const open = [...roots];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.value.pid === pid) return node;
    open.push(...node.children);
  }
  return undefined;
}

/** Nests without recursion: chains of processes may be deeper than the stack. */
function toDocument(root: TreeNode<Process>, socketsOf: (process: Process) => readonly SocketEntry[]): TreeProcess {
  interface Open {
    readonly node: TreeNode<Process>;
    readonly siblings: TreeProcess[];
  }
  const top: TreeProcess[] = [];
  const open: Open[] = [{ node: root, siblings: top }];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const children: TreeProcess[] = [];
    const { tree: _tree, env: _env, ...process } = step.node.value;
    step.siblings.push({ ...process, sockets: socketsOf(step.node.value), children });
    for (const child of step.node.children) open.push({ node: child, siblings: children });
  }
  return top[0] as TreeProcess;
}

function labelOf(process: Process): string {
  const user = process.user ?? (process.uid === undefined ? "?" : String(process.uid));
  const name = `${process.pid} ${escapeText(process.comm)} (${escapeText(user)})`;
  const state = process.state === "Z" ? " zombie" : "";
  const args = process.args === undefined ? "" : quoteArgs(process.args, ARGS_LIMIT);
  return `${name}${state}${args === "" ? "" : ` ${args}`}`;
}

function noteOf(socket: SocketEntry): string {
  const [local, peer] = socketEnds(socket);
  const ends = peer.endsWith("*") ? local : `${local} → ${peer}`;
  return `${socketProtocol(socket)} ${ends} ${socket.state}`;
}

/** Runs `procmon tree`. */
export async function runTree(
  pid: number | undefined,
  options: TreeOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const families = options.unix === true ? undefined : (["inet", "packet"] as const);
  let sockets: readonly SocketEntry[] = [];
  let hidden: string | undefined;
  if (options.sockets) {
    await using monitor = (await openSession({ ...options, once: true })).monitor;
    const snapshot = await monitor.snapshot(families === undefined ? {} : { families });
    sockets = snapshot.sockets;
    hidden = describeHidden(snapshot.visibility, sockets);
  }
  const roots = growTrees(
    readProcesses(options.kernel === true || pid !== undefined),
    (one) => one.pid,
    (one) => one.ppid,
  );
  const root = pid === undefined ? undefined : findNode(roots, pid);
  if (pid !== undefined && root === undefined) return explainAbsence(pid, false, context);
  const shown = root === undefined ? roots : [root];
  if (hidden !== undefined) context.say(hidden, "warning");
  const byOwner = socketsByOwner(sockets);
  const socketsOf = (one: Process): readonly SocketEntry[] => byOwner.get(`${one.pid}:${one.startTime}`) ?? [];
  if (options.json === true) {
    const processes: TreeDocument["processes"] = shown.map((node) => toDocument(node, socketsOf));
    await context.output.write(`{"v":1,"processes":${formatNestedJson(processes)}}\n`);
    return EXIT_CODE.found;
  }
  const width = context.terminalWidth();
  for (const node of shown) {
    const lines = drawTree(node, labelOf, (one) => socketsOf(one).map((socket) => noteOf(socket)));
    const text = (width === undefined ? lines : lines.map((line) => cutText(line, width))).join("\n");
    await context.output.write(`${text}\n`);
  }
  return EXIT_CODE.found;
}
