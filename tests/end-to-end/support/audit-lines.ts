import { encodeBytes, type Process } from "@procmon/core";
import type { FoundCall } from "./ausearch.ts";
import type { ObservedEvent } from "./event-log.ts";

// Events as lines of text, sorted, so that what two observers tell can be compared: the process, its executable, and what is known to both.

/** Those of a monitor, of these processes. */
export function linesOf(events: readonly ObservedEvent[], pids: ReadonlySet<number>): readonly string[] {
  return events.flatMap((event) => lineOf(event, pids) ?? []).sort();
}

function lineOf(event: ObservedEvent, pids: ReadonlySet<number>): string | undefined {
  const { process } = event;
  if (process === undefined || !pids.has(event.type === "fork" ? process.ppid : process.pid)) return undefined;
  switch (event.type) {
    case "exec":
      return execLine(process.pid, pathOf(process), process.args?.map(bytesOf) ?? []);
    case "fork":
      return `fork ${process.ppid} ${process.pid}`;
    case "exit":
      return `exit ${process.pid} ${exitWord(event.exitCode)}`;
    case "connect":
      return `connect ${callOf(process)} ${end(event.connection.dstIp, event.connection.dstPort)} ${event.error ?? "ok"}`;
    case "accept":
      return `accept ${callOf(process)}`;
    case "listen":
      return `listen ${callOf(process)} ${plain(event.connection.srcIp)}`;
    case "flow":
      return `flow ${callOf(process)} ${end(event.connection.dstIp, event.connection.dstPort)}`;
    default:
      return `${event.type} ${callOf(process)}`;
  }
}

/** What a monitor has to tell, by what is in auditd's log. */
export function linesOfLog(calls: readonly FoundCall[]): readonly string[] {
  const seen = new Set(calls.map(({ pid }) => pid));
  const sockets = new Map<string, LoggedSocket>();
  return calls.flatMap((call) => lineOfCall(call, sockets, seen) ?? []).sort();
}

/** A descriptor, as far as the calls before tell. */
interface LoggedSocket {
  readonly type: string;
  readonly flows: Set<string>;
  bound?: string;
  connecting?: string;
  isListening?: boolean;
}

function lineOfCall(
  call: FoundCall,
  sockets: Map<string, LoggedSocket>,
  seen: ReadonlySet<number>,
): string | undefined {
  const { name, pid, exit, words, address } = call;
  const [word = "", type = ""] = words;
  const socketAt = (fd: number) => `${pid} ${fd}`;
  const key = socketAt(Number(word));
  const socket = sockets.get(key);
  const to = address && end(address.ip, address.port);
  const hasFailed = !/^-?\d+$/.test(exit);
  const caller = `${pid} ${withoutMark(call.exe)}`;
  switch (name) {
    case "execve":
    case "execveat":
      return execLine(pid, withoutMark(call.exe), call.args ?? []);
    case "clone":
    case "clone3":
    case "fork":
    case "vfork":
      // Threads never call under a number of their own.
      return seen.has(Number(exit)) ? `fork ${pid} ${exit}` : undefined;
    case "exit_group":
      return `exit ${pid} ${word}`;
    case "socket":
      sockets.set(socketAt(Number(exit)), { type, flows: new Set() });
      return undefined;
    case "bind":
      if (socket && address) socket.bound = plain(address.ip);
      return undefined;
    case "listen":
      // A descriptor that listens anew has been closed since, and is of another family.
      if (socket?.isListening) sockets.delete(key);
      if (socket === undefined || socket.isListening) return undefined;
      socket.isListening = true;
      return `listen ${caller} ${socket.bound}`;
    case "accept":
    case "accept4":
      return socket && `accept ${caller}`;
    case "connect": {
      if (socket === undefined || to === undefined) return undefined;
      if (!socket.type.startsWith("SOCK_STREAM")) return hasFailed ? undefined : flowLine(caller, socket, to);
      // The second call only asks what came of the first, and another one is about nothing new.
      const isAsking = exit === "EISCONN" || (exit === "0" && socket.connecting === to);
      if (exit === "EINPROGRESS") socket.connecting = to;
      return isAsking ? undefined : `connect ${caller} ${to} ${hasFailed && exit !== "EINPROGRESS" ? exit : "ok"}`;
    }
    default:
      if (!name.startsWith("send")) return `${name} ${caller}`;
      return socket === undefined || to === undefined || hasFailed ? undefined : flowLine(caller, socket, to);
  }
}

function flowLine(call: string, socket: LoggedSocket, to: string): string | undefined {
  if (socket.flows.has(to)) return undefined;
  socket.flows.add(to);
  return `flow ${call} ${to}`;
}

function execLine(pid: number, path: string, args: readonly string[]): string {
  return `exec ${pid} ${path} ${JSON.stringify(args)}`;
}

function callOf(process: Process): string {
  return `${process.pid} ${pathOf(process)}`;
}

function pathOf({ path }: Process): string {
  return path === undefined ? "?" : bytesOf(path);
}

/** One character for each byte, as ausearch's text has them. */
function bytesOf(text: string): string {
  return Buffer.from(encodeBytes(text)).toString("latin1");
}

function withoutMark(exe: string): string {
  return exe.replace(/ \(deleted\)$/, "");
}

/** ausearch knows no other codes. */
function exitWord(code: number | undefined): string {
  return code === 0 ? "EXIT_SUCCESS" : code === 1 ? "EXIT_FAILURE" : code === undefined ? "without a code" : "UNKNOWN";
}

function end(ip: string, port: number): string {
  return `${plain(ip)}:${port}`;
}

/** An address of IPv4 in IPv6 is one of IPv4. */
function plain(ip: string): string {
  return ip.replace(/^::ffff:/, "");
}
