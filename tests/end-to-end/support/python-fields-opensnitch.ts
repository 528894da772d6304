import { isIPv6 } from "node:net";
import type { Ancestor, ConnectionTuple, MonitorEvent, Ownership, Process } from "@procmon/core";
import type { Fields } from "./python-fields-procmon.ts";

// What OpenSnitch's messages hold of core's values, as JSON (https://protobuf.dev/programming-guides/json/): a second mapping,
// made for these tests only.

/** Of an event that tells of a connection. */
type ConnectionEvent = Extract<MonitorEvent, { readonly connection: ConnectionTuple }>;

export function stringIntFields({ path = "", pid }: Ancestor): Fields {
  return { key: path, value: pid };
}

export function openSnitchProcessFields(process: Process, env = false): Fields {
  const { pid, ppid, uid = 0xffff_ffff, comm, args = [], cwd = "", checksums = {}, tree = [] } = process;
  return {
    pid: String(pid),
    ppid: String(ppid),
    uid: String(uid),
    comm,
    path: pathOf(process),
    args,
    env: env ? (process.env ?? {}) : {},
    cwd,
    checksums,
    processTree: tree.map(stringIntFields),
  };
}

export function openSnitchConnectionFields({ connection, ownership, process }: ConnectionEvent, env = false): Fields {
  const owner: Partial<Process> = process ?? ownerOf(ownership);
  const { srcPort, dstPort } = connection;
  return {
    ...endsOf(connection),
    srcPort,
    dstPort,
    userId:
      ownership.kind === "kernel" ? 0 : ((ownership.kind === "hidden" ? ownership.uid : owner.uid) ?? 0xffff_ffff),
    processId: owner.pid ?? 0,
    processPath: pathOf(owner),
    processCwd: owner.cwd ?? "",
    processArgs: owner.args ?? [],
    processEnv: env ? (owner.env ?? {}) : {},
    processChecksums: owner.checksums ?? {},
    processTree: (owner.tree ?? []).map(stringIntFields),
  };
}

export function openSnitchEventFields(event: ConnectionEvent, env = false): Fields {
  // What Sweden writes is what OpenSnitch does: 2006-01-02 15:04:05.
  const time = new Date(Number(event.time / 1_000_000n)).toLocaleString("sv-SE");
  const unixnano = String(BigInt.asIntN(64, event.time));
  return { time, connection: openSnitchConnectionFields(event, env), unixnano };
}

/** What an alert tells of an event; undefined where that is a sentence. */
export function openSnitchAlertData(event: MonitorEvent, env: boolean): Fields | undefined {
  if ("connection" in event) return { conn: openSnitchConnectionFields(event, env) };
  return "process" in event ? { proc: openSnitchProcessFields(event.process, env) } : undefined;
}

function pathOf({ kernelThread, path = "" }: Partial<Process>): string {
  return kernelThread ? "Kernel connection" : path;
}

function ownerOf(ownership: Ownership): Partial<Process> {
  if (ownership.kind === "process") return ownership.owners[0];
  return ownership.kind === "kernel" ? { path: "Kernel connection" } : {};
}

/** A socket of IPv6 that carries IPv4 is told as what goes over the wire. */
function endsOf({ protocol, srcIp, dstIp }: ConnectionTuple): Fields {
  const [src, dst] = [srcIp, dstIp].map((ip) => (isIPv6(ip) ? /^::ffff:([\d.]+)$/.exec(normal(ip))?.[1] : undefined));
  if (src === undefined && dst === undefined) return { protocol, srcIp, dstIp };
  return { protocol: protocol.replace(/6$/, ""), srcIp: src ?? srcIp, dstIp: dst ?? dstIp };
}

/** As the platform's URLs write an address, with the last 32 bits in dotted form: ::ffff:1.2.3.4. */
function normal(ip: string): string {
  const address = new URL(`http://[${ip}]`).hostname.slice(1, -1);
  const [, high = "", low = ""] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(address) ?? [];
  if (high === "") return address;
  const [upper, lower] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `::ffff:${upper >> 8}.${upper & 255}.${lower >> 8}.${lower & 255}`;
}
