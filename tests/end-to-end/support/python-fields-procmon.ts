import type { ConnectionTuple, MonitorEvent, Ownership, Process, SocketEntry, SocketOwner } from "@procmon/core";

/**
 * What the messages of procmon.v1 hold, as JSON (https://protobuf.dev/programming-guides/json/): a second reading of the .proto
 * files, made for these tests only. Text that is not UTF-8 keeps core's lone surrogates; Python escapes them by itself.
 */
export type Fields = Record<string, unknown>;

/** `time-wait` of the enum NO_OWNER_REASON: NO_OWNER_REASON_TIME_WAIT. */
const enumName = (prefix: string, word: string) => `${prefix}_${word.replaceAll("-", "_").toUpperCase()}`;

/** Large numbers as text, what is not there left out, at every depth. */
function plain<Value extends object>(value: Value): Fields {
  const known = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(known.map(([name, part]) => [name, plainPart(part)]));
}

function plainPart(part: unknown): unknown {
  if (typeof part === "bigint") return String(part);
  if (typeof part === "number" && part > Number.MAX_SAFE_INTEGER) return String(BigInt(part));
  if (Array.isArray(part)) return part.map(plainPart);
  return typeof part === "object" && part !== null ? plain(part) : part;
}

/** Gives `message` of what is there. */
function ifThere<Value, Message>(value: Value | undefined, message: (value: Value) => Message): Message | undefined {
  return value === undefined ? undefined : message(value);
}

export function processFields(process: Process, env = false): Fields {
  const { args, env: variables, tree, checksums, denied, checksumStatus, exeKind, ...rest } = process;
  return plain({
    ...rest,
    args: ifThere(args, (values) => ({ values })),
    env: env ? ifThere(variables, (known) => ({ variables: known })) : undefined,
    tree: ifThere(tree, (ancestors) => ({ ancestors })),
    checksums: ifThere(checksums, (values) => ({ values })),
    denied: ifThere(denied, (values) => ({ values })),
    checksumStatus: ifThere(checksumStatus, (word) => enumName("CHECKSUM_STATUS", word)),
    exeKind: ifThere(exeKind, (word) => enumName("EXE_KIND", word)),
  });
}

export function connectionFields({ protocol, ...rest }: ConnectionTuple): Fields {
  return plain({ protocol: enumName("PROTOCOL", protocol), ...rest });
}

export function ownershipFields(ownership: Ownership): Fields {
  const { kind } = ownership;
  if (kind === "process") {
    const { confidence, via, owners } = ownership;
    return { process: plain({ confidence: enumName("CONFIDENCE", confidence), via, owners }) };
  }
  if (kind === "kernel") return { kernel: { via: ownership.via } };
  if (kind === "hidden") return { hidden: plain({ uid: ownership.uid, requires: ownership.requires }) };
  const { reason, lastOwner, candidates } = ownership;
  const owners: readonly SocketOwner[] | undefined = candidates;
  return { none: plain({ reason: enumName("NO_OWNER_REASON", reason), lastOwner, candidates: owners }) };
}

export function socketFields(entry: SocketEntry): Fields {
  const { state, inode, uid, netns, receiveQueue, sendQueue, ownership } = entry;
  const common = plain({ inode, uid, netns, receiveQueue, sendQueue });
  return {
    ...common,
    state: enumName("SOCKET_STATE", state),
    ownership: ownershipFields(ownership),
    ...familyFields(entry),
  };
}

function familyFields(entry: SocketEntry): Fields {
  if (entry.family === "inet") return { inet: { connection: connectionFields(entry.connection) } };
  if (entry.family === "unix") {
    const { type, path, peerInode } = entry;
    return { unix: plain({ type: enumName("UNIX_SOCKET_TYPE", type), path, peerInode }) };
  }
  const { type, etherType, interfaceIndex } = entry;
  return { packet: plain({ type: enumName("PACKET_SOCKET_TYPE", type), etherType, interfaceIndex }) };
}

export function eventFields(event: MonitorEvent, env = false): Fields {
  const { time, method, type, ...rest } = event;
  const parts: Fields = { ...rest };
  if ("process" in event && event.process !== undefined) parts.process = processFields(event.process, env);
  if ("connection" in event) parts.connection = connectionFields(event.connection);
  if ("ownership" in event) parts.ownership = ownershipFields(event.ownership);
  if (event.type === "method") parts.change = enumName("CHANGE", event.change);
  if (event.type === "lost" && event.eventType !== undefined) parts.eventType = enumName("EVENT_TYPE", event.eventType);
  const kind = type === "method" ? "methodChange" : type === "checksum-change" ? "checksumChange" : type;
  return { ...plain({ time, method }), [kind]: plain(parts) };
}
