import type { InetSocketEntry, Ownership, ProcessOwnership, SocketEntry, SocketOwner } from "@procmon/core";
import type { ScanReply } from "./scan-messages.ts";

/**
 * Entries of a snapshot on their way to another thread. A message is copied object by object, which takes three times as long as to take the
 * entries of internet sockets apart and to put them together again.
 */
export interface PackedEntries {
  /** Of each internet socket {@link TEXTS}. */
  readonly texts: readonly string[];
  /** Of each {@link NUMBERS}; of an entry that is in `others`, one number below 0. */
  readonly numbers: Float64Array;
  /** Those of which `numbers` tells the place. A single owner's descriptor is among the numbers: all sockets of a process share the rest. */
  readonly ownerships: readonly Ownership[];
  /** Entries of another kind, as they are. */
  readonly others: readonly SocketEntry[];
}

/** A reply with its entries packed. */
export type PackedReply =
  | Exclude<ScanReply, { type: "entries" }>
  | {
      readonly type: "packed";
      readonly reply: Extract<ScanReply, { type: "entries" }>;
      readonly packed: PackedEntries;
    };

type OneOwner = ProcessOwnership & { readonly owners: readonly [SocketOwner] };

/** protocol, srcIp, dstIp, state. */
const TEXTS = 4;
/** Place of the ownership, descriptor, srcPort, dstPort, netns, inode, uid, receiveQueue, sendQueue. */
const NUMBERS = 9;
const OTHER = -1;
/** For a descriptor: the ownership is as it stands. */
const NONE = -1;

/** Packs a reply where it pays. */
export function packReply(reply: ScanReply): PackedReply {
  if (reply.type !== "entries") return reply;
  return { type: "packed", reply: { ...reply, entries: [] }, packed: packEntries(reply.entries) };
}

/** The reply as it was. */
export function unpackReply(message: PackedReply): ScanReply {
  return message.type === "packed" ? { ...message.reply, entries: unpackEntries(message.packed) } : message;
}

/** Takes entries apart. */
export function packEntries(entries: readonly SocketEntry[]): PackedEntries {
  const texts: string[] = [];
  const numbers: number[] = [];
  const ownerships: Ownership[] = [];
  const others: SocketEntry[] = [];
  const places = new Map<number, number>();

  function placeOf(ownership: Ownership): number {
    const owner = isOneOwner(ownership) ? ownership.owners[0] : undefined;
    const known = owner && places.get(owner.pid);
    if (known !== undefined && isSame(ownerships[known], ownership)) return known;
    if (owner) places.set(owner.pid, ownerships.length);
    return ownerships.push(ownership) - 1;
  }

  for (const entry of entries) {
    if (!isWhole(entry)) {
      others.push(entry);
      numbers.push(OTHER);
      continue;
    }
    const { connection, state, netns, inode, uid, receiveQueue, sendQueue, ownership } = entry;
    const { protocol, srcIp, srcPort, dstIp, dstPort } = connection;
    const fd = isOneOwner(ownership) ? (ownership.owners[0].fd ?? NONE) : NONE;
    texts.push(protocol, srcIp, dstIp, state);
    numbers.push(placeOf(ownership), fd, srcPort, dstPort, netns, inode, uid, receiveQueue, sendQueue);
  }
  return { texts, numbers: Float64Array.from(numbers), ownerships, others };
}

/** Puts them together again, in their order. */
export function unpackEntries({ texts, numbers, ownerships, others }: PackedEntries): SocketEntry[] {
  const entries: SocketEntry[] = [];
  let [text, other] = [0, 0];
  const number = (at: number): number => numbers[at] ?? 0;
  for (let at = 0; at < numbers.length; ) {
    if (number(at) === OTHER) {
      const entry = others[other++];
      if (entry) entries.push(entry);
      at++;
      continue;
    }
    const ownership = ownerships[number(at)] ?? UNHELD;
    const fd = number(at + 1);
    const netns = number(at + 4);
    entries.push({
      family: "inet",
      connection: {
        protocol: texts[text] as InetSocketEntry["connection"]["protocol"],
        srcIp: texts[text + 1] ?? "",
        srcPort: number(at + 2),
        dstIp: texts[text + 2] ?? "",
        dstPort: number(at + 3),
        netns,
      },
      state: texts[text + 3] as InetSocketEntry["state"],
      inode: number(at + 5),
      uid: number(at + 6),
      netns,
      receiveQueue: number(at + 7),
      sendQueue: number(at + 8),
      ownership: fd !== NONE && isOneOwner(ownership) ? withDescriptor(ownership, fd) : ownership,
    });
    at += NUMBERS;
    text += TEXTS;
  }
  return entries;
}

/** True for an internet socket of which everything is known, as it is of those that were read here. */
function isWhole(entry: SocketEntry): entry is Required<InetSocketEntry> {
  if (entry.family !== "inet" || entry.netns === undefined || entry.connection.netns !== entry.netns) return false;
  return entry.uid !== undefined && entry.receiveQueue !== undefined && entry.sendQueue !== undefined;
}

const UNHELD: Ownership = { kind: "none", reason: "unheld" };

function isOneOwner(ownership: Ownership): ownership is OneOwner {
  return ownership.kind === "process" && ownership.owners.length === 1;
}

/** True if they differ in nothing but the descriptor, and both have one. */
function isSame(known: Ownership | undefined, ownership: Ownership): boolean {
  if (!known || !isOneOwner(known) || !isOneOwner(ownership)) return false;
  const [a] = known.owners;
  const [b] = ownership.owners;
  return (
    a.fd !== undefined &&
    b.fd !== undefined &&
    a.startTime === b.startTime &&
    a.tid === b.tid &&
    a.comm === b.comm &&
    a.path === b.path &&
    known.via === ownership.via &&
    known.confidence === ownership.confidence
  );
}

function withDescriptor(
  { confidence, via, owners: [{ pid, startTime, tid, comm, path }] }: OneOwner,
  fd: number,
): Ownership {
  const owner: { -readonly [Key in keyof SocketOwner]: SocketOwner[Key] } = { pid, startTime, fd };
  if (tid !== undefined) owner.tid = tid;
  if (comm !== undefined) owner.comm = comm;
  if (path !== undefined) owner.path = path;
  return { kind: "process", confidence, via, owners: [owner] };
}
