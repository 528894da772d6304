import {
  type CheckedConnection,
  type ConnectionMatch,
  isSocketAt,
  isWildcardIp,
  type MethodHost,
  matchConnection,
  matchOwnership,
  type OwnerDescriber,
  type Ownership,
  type ProcessIdentity,
  type SocketHolder,
  type SocketOwner,
} from "@procmon/core";
import type { KernelTables } from "@procmon/native";
import { matchByQuery } from "./query-match.ts";
import type { SocketHint, SocketHints } from "./socket-hints.ts";
import { createUnreadForks, type UnreadForks } from "./unread-forks.ts";

/** Answers from hints. */
export interface HintLookup {
  /** An answer that holds now; undefined where no hint gives one, so that a search is needed. */
  ask(connection: CheckedConnection): Ownership | undefined;
  /** Who had a connection last that is over. */
  lastOwner(connection: CheckedConnection): SocketOwner | undefined;
  readonly counters: { hintAnswers: number; hintFailures: number };
  /** Gives back what is open. Idempotent. */
  close(): void;
}

/** What it works with. */
export interface HintLookupParts {
  readonly host: MethodHost;
  readonly hints: SocketHints;
  /** The kernel's tables; without them a hint is trusted for a tenth of a second. */
  readonly tables: Pick<KernelTables, "find" | "inet" | "inNamespace"> | undefined;
  /**
   * True if the process has forked at that time or later, as far as that is known, in nanoseconds since the epoch: then others may hold
   * what it held.
   */
  hasForkedSince(identity: ProcessIdentity, since: bigint): boolean;
  /** @default those of this machine */
  readonly unreadForks?: UnreadForks | undefined;
}

/** Milliseconds for which a hint is trusted where only a table could tell that the socket has another connection by now. */
const TRUST_MS = 100;

/** With more holders than that, asking for each of them costs more than a search. */
const MAX_HOLDERS = 32;

/** Makes a lookup. */
export function createHintLookup({ host, hints, tables, hasForkedSince, ...parts }: HintLookupParts): HintLookup {
  const { procfs, finder } = host;
  const { unreadForks = createUnreadForks(procfs, hints.forks) } = parts;
  const counters = { hintAnswers: 0, hintFailures: 0 };

  /** Names a process that lives, and what it runs now. */
  const describe: OwnerDescriber = ({ pid, startTime, fd, tid }) => {
    const process = finder.find(pid);
    // One that has ended is found still.
    if (process?.startTime !== startTime || process.state === "Z" || host.processes.isEnded(process)) return undefined;
    const { comm, path } = process;
    return {
      pid,
      startTime,
      comm,
      ...(path === undefined ? {} : { path }),
      ...(fd === undefined ? {} : { fd }),
      ...(tid === undefined ? {} : { tid }),
    };
  };

  /** True if others may hold what these held. */
  function mayBeShared(inode: number, { holders, since, lastPid }: Omit<SocketHint, "learnedAt">): boolean {
    // Of what this process itself does there are no records.
    const hasForked = holders.some((holder) => holder.pid !== process.pid && hasForkedSince(holder, since));
    return hasForked || unreadForks.mayHold(inode, holders, lastPid);
  }

  /** The holders that a hint names, if it still holds for each of them. */
  function holdersBy(hint: SocketHint | undefined, inode: number): readonly SocketHolder[] {
    if (hint === undefined || hint.holders.length === 0 || hint.holders.length > MAX_HOLDERS) return [];
    const isHeld = ({ pid, fd, tid }: SocketHolder) => fd !== undefined && isSocketAt(procfs, pid, fd, inode, tid);
    return hint.holders.every(isHeld) && !mayBeShared(inode, hint) ? hint.holders : [];
  }

  /** A process that is known to have connected to this peer, and has this socket. */
  function holderByPeer(connection: CheckedConnection, inode: number): readonly SocketHolder[] {
    const peer = hints.ofPeer(connection).find(({ pid, fd }) => isSocketAt(procfs, pid, fd, inode));
    if (peer === undefined) return [];
    const { pid, startTime, fd, since } = peer;
    const hint = { holders: [{ pid, startTime, fd }], since };
    if (mayBeShared(inode, hint)) return [];
    // The next one need not look through all that have connected there.
    hints.setHolders(inode, hint);
    return hint.holders;
  }

  function holdersOf(connection: CheckedConnection, inode: number): readonly SocketHolder[] {
    const known = holdersBy(hints.ofSocket(inode), inode);
    if (known.length > 0) return known;
    return holderByPeer(connection, inode);
  }

  /** Who holds the sockets that the kernel has for this connection. */
  function answerFor(match: ConnectionMatch, connection: CheckedConnection): Ownership | undefined {
    if (match.kind === "none") return { kind: "none", reason: match.reason };
    const holders = new Map<number, readonly SocketHolder[]>();
    for (const { inode } of match.rows) {
      const held = holdersOf(connection, inode);
      if (held.length === 0) return undefined;
      holders.set(inode, held);
    }
    let isComplete = true;
    const ownership = matchOwnership(
      match,
      {
        holdersOf: (inode) => holders.get(inode) ?? [],
        describe(holder) {
          const owner = describe(holder);
          isComplete &&= owner !== undefined;
          return owner;
        },
        isSurelyUnheld: () => false,
        visibility: { complete: true, requires: "" },
      },
      "audit",
    );
    return isComplete && ownership.kind === "process" ? ownership : undefined;
  }

  /** Only what was learned just now, and whose descriptor is still that socket. */
  function answerWithoutTables(connection: CheckedConnection): Ownership | undefined {
    const inode = hints.ofConnection(connection)?.inode;
    const hint = inode === undefined ? undefined : hints.ofSocket(inode);
    if (inode === undefined || hint === undefined || performance.now() - hint.learnedAt > TRUST_MS) return undefined;
    // Other sockets may receive at the same port.
    if (connection.dstPort === 0 || !connection.protocol.startsWith("tcp")) return undefined;
    const owners = holdersBy(hint, inode).map(describe);
    const [first, ...others] = owners.filter((owner) => owner !== undefined);
    if (first === undefined || others.length + 1 < hint.holders.length) return undefined;
    return { kind: "process", confidence: "exact", via: "audit", owners: [first, ...others] };
  }

  /**
   * The socket of a flow that a record has told of, if the kernel, too, would give it what the peer sends. Several sockets may have the same two ends:
   * where the kernel names another, or one that has no peer, a search tells.
   */
  function matchFlow(kernel: Pick<KernelTables, "find">, connection: CheckedConnection): ConnectionMatch | undefined {
    const { netns, srcIp, srcPort, dstIp, dstPort } = connection;
    if (connection.protocol !== "udp" && connection.protocol !== "udp6") return undefined;
    const inode = srcPort === 0 || dstPort === 0 ? undefined : hints.ofConnection(connection)?.inode;
    if (inode === undefined) return undefined;
    const row = kernel.find(netns, { protocol: connection.protocol, srcIp, srcPort, dstIp, dstPort });
    const match = row?.inode === inode ? matchConnection(connection, [row]) : undefined;
    return match?.kind === "sockets" && match.confidence === "exact" ? match : undefined;
  }

  function ask(connection: CheckedConnection): Ownership | undefined {
    if (tables === undefined) return answerWithoutTables(connection);
    return tables.inNamespace(connection.netns, () => {
      const match = matchByQuery(tables, connection) ?? matchFlow(tables, connection);
      return match && answerFor(match, connection);
    });
  }

  return {
    counters,
    close: unreadForks.close,
    ask(connection) {
      const answer = ask(connection);
      if (answer) counters.hintAnswers++;
      else counters.hintFailures++;
      return answer;
    },
    lastOwner(connection) {
      const known = hints.ofConnection(connection);
      if (known || isWildcardIp(connection.srcIp)) return known?.owner;
      // The socket may have been bound to no address in particular.
      const srcIp = connection.srcIp.includes(":") ? "::" : "0.0.0.0";
      return connection.protocol.startsWith("udp") ? hints.ofConnection({ ...connection, srcIp })?.owner : undefined;
    },
  };
}
