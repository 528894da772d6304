import type { EmittedEvent, MethodHost, Process, Protocol } from "@procmon/core";
import type { KernelClock } from "../kernel/kernel-clock.ts";
import { changeIds } from "../processes/changed-ids.ts";
import type { ProcessTable } from "../processes/process-table.ts";
import { SOCKET_FLAGS } from "../records/record-flags.ts";
import { RECORD_KINDS, recordKind, ticksOf } from "../records/record-head.ts";
import { decodeSocketRecord, type SocketRecord } from "../records/socket-record.ts";
import { errnoName } from "./errno-name.ts";
import { type FlowPayload, flowKey, type TakeFlowPayload } from "./flow-payload.ts";
import type { OpenFlow, OpenFlows } from "./open-flows.ts";
import { ownershipOf, socketOwner } from "./socket-owner.ts";

/** Makes events of records about sockets. */
export interface ConnectionEvents {
  /** Returns false where the bytes hold no such record. */
  push(view: DataView, offset: number, length: number): boolean;
}

/** What it works with. */
export interface ConnectionEventParts {
  readonly host: MethodHost;
  readonly clock: KernelClock;
  readonly table: ProcessTable;
  readonly flows: OpenFlows;
  /** False where some flows would be missing: then none is told. */
  readonly tellsFlows: boolean;
  takePayload: TakeFlowPayload;
  /** A socket is over; all that it has carried is in the record. */
  onClosed(record: SocketRecord): void;
}

/** The types of the records that are told as they are. */
const TYPES = new Map<number, "connect" | "accept" | "listen" | "close">([
  [RECORD_KINDS.connect, "connect"],
  [RECORD_KINDS.accept, "accept"],
  [RECORD_KINDS.listen, "listen"],
  [RECORD_KINDS.close, "close"],
]);

/** Makes the reader of a host. */
export function createConnectionEvents(parts: ConnectionEventParts): ConnectionEvents {
  const { host, clock, table, flows, tellsFlows, takePayload, onClosed } = parts;

  /** What is known of the process: it may have ended before its socket, and is in core's store then. */
  function processOf(record: SocketRecord): Process | undefined {
    if (record.flags & (SOCKET_FLAGS.kernel | SOCKET_FLAGS.unknownOwner)) return undefined;
    const identity = { pid: record.pid, startTime: ticksOf(record.start) };
    return table.find(identity) ?? host.processes.get(identity);
  }

  /** The process that acts right now. */
  function actorOf(record: SocketRecord): Process | undefined {
    const process = processOf(record);
    if (process === undefined || record.flags & SOCKET_FLAGS.ofListener) return process;
    return process.uid === record.uid && process.gid === record.gid ? process : withIds(process, record);
  }

  /** Servers give up their ids once they have begun: a socket's owner acts with those of now. */
  function withIds(process: Process, { uid, gid, time }: SocketRecord): Process {
    const changed = changeIds(process, uid, gid);
    if (table.find(process) !== undefined) table.set(changed);
    host.processes.update(process, changed, clock.epochAt(time));
    return changed;
  }

  function partiesOf(record: SocketRecord, process: Process | undefined): Parties {
    const { connection, flags, pid, start } = record;
    const ownership = ownershipOf(flags, () => socketOwner(process ?? { pid, startTime: ticksOf(start) }, process));
    return process === undefined ? { connection, ownership } : { connection, ownership, process };
  }

  function tell(type: "connect" | "accept" | "listen" | "close", record: SocketRecord): void {
    const parties = partiesOf(record, type === "close" ? processOf(record) : actorOf(record));
    const event = { type, time: clock.epochAt(record.time), ...parties };
    if (type === "close") host.emit({ ...event, ...endOf(record) } as EmittedEvent);
    else if (record.error !== 0) host.emit({ ...event, error: errnoName(record.error) } as EmittedEvent);
    else host.emit(event as EmittedEvent);
  }

  function beginFlow(record: SocketRecord, key: Uint8Array): void {
    const process = actorOf(record);
    const parties = partiesOf(record, process);
    const isFirst = (record.flags & SOCKET_FLAGS.began) !== 0;
    const flow: OpenFlow = { ...parties, process, begin: record.time, isFirst, key };
    if (!flows.add(record.cookie, flow) || !host.wants("flow")) return;
    host.emit({ type: "flow", time: clock.epochAt(record.time), ...parties });
  }

  function endFlows(record: SocketRecord): void {
    const isCounted = (record.flags & SOCKET_FLAGS.counted) !== 0;
    for (const { connection, ownership, process, begin, isFirst, key } of flows.take(record.cookie)) {
      const payload = takePayload(key, begin);
      host.emit({
        type: "close",
        time: clock.epochAt(record.time),
        connection,
        ownership,
        ...(process === undefined ? {} : { process }),
        ...(isFirst || isCounted ? { duration: record.time - begin } : {}),
        ...(isCounted && payload !== undefined ? bytesOf(connection.protocol, payload) : {}),
      });
    }
  }

  return {
    push(view, offset, length) {
      const unread = TYPES.get(recordKind(view, offset, length));
      // Most readers want few types, and nothing else is to be learned from these.
      if (unread !== undefined && unread !== "close" && !host.wants(unread)) return true;
      const record = decodeSocketRecord(view, offset, length);
      if (record === undefined) return false;
      if (record.kind === RECORD_KINDS.flow) {
        if (tellsFlows) beginFlow(record, flowKey(view, offset));
      } else if (record.kind === RECORD_KINDS.release) {
        onClosed(record);
        endFlows(record);
      } else {
        const type = TYPES.get(record.kind);
        if (type === undefined) return false;
        if (type === "close") onClosed(record);
        if (host.wants(type)) tell(type, record);
      }
      return true;
    },
  };
}

/** Raw and ICMP sockets are not told from whom they receive, unless they are connected: what they received is in none of their flows. */
const WITHOUT_SENDERS: ReadonlySet<Protocol> = new Set<Protocol>(["icmp", "icmp6", "raw", "raw6"]);

function bytesOf(protocol: Protocol, { bytesSent, bytesReceived }: FlowPayload): Partial<FlowPayload> {
  return bytesReceived === 0n && WITHOUT_SENDERS.has(protocol) ? { bytesSent } : { bytesSent, bytesReceived };
}

type Parties = Pick<OpenFlow, "connection" | "ownership"> & { readonly process?: Process };

/** How a connection ended. */
function endOf(record: SocketRecord): { duration?: bigint; bytesSent?: bigint; bytesReceived?: bigint } {
  const { flags, time, begin, sent, received } = record;
  return {
    ...(flags & SOCKET_FLAGS.began ? { duration: time - begin } : {}),
    ...(flags & SOCKET_FLAGS.counted ? { bytesSent: sent, bytesReceived: received } : {}),
  };
}
