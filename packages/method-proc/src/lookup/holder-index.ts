import type { SocketHolder } from "@procmon/core";

/** The sockets of one process. */
export interface HeldSocketColumns {
  readonly pid: number;
  /** Inode and descriptor of each, in turns. */
  readonly sockets: Float64Array;
  /** Whose they surely are; undefined where the process has ended. Asked for when a holder is told of, and not before. */
  settle(): SettledSockets | undefined;
}

/** Sockets of a process that is surely known. */
export interface SettledSockets {
  readonly startTime: bigint;
  readonly sockets: Float64Array;
}

type Holders = ReadonlyMap<number, readonly SocketHolder[]>;

/** With so many questions it pays to put all sockets into a table. */
const FEW = 64;

/**
 * Who holds which socket, by inode, lowest pid first; of each process the lowest descriptor. Holders become objects only when they are asked
 * for: a lookup asks for one socket of ten thousand, and is answered before a table of all would be made.
 *
 * @param processes ascending by pid
 * @param others found in another way, of other processes
 */
export function createHolderIndex(processes: readonly HeldSocketColumns[], others: Holders): Holders {
  let asked = 0;
  let all: Holders | undefined;

  function whole(): Holders {
    all ??= holdersOfAll(processes, others);
    return all;
  }

  function get(inode: number): readonly SocketHolder[] | undefined {
    if (all || ++asked > FEW) return whole().get(inode);
    const found = [...(others.get(inode) ?? [])];
    for (const process of processes) {
      if (lowestDescriptor(process.sockets, inode) === undefined) continue;
      const settled = process.settle();
      const fd = settled && lowestDescriptor(settled.sockets, inode);
      if (fd !== undefined) found.push({ pid: process.pid, startTime: settled?.startTime ?? 0n, fd });
    }
    return found.length > 0 ? found.sort(byPid) : undefined;
  }

  return {
    get,
    has: (inode) => get(inode) !== undefined,
    get size() {
      return whole().size;
    },
    forEach: (visit, self) => whole().forEach(visit, self),
    entries: () => whole().entries(),
    keys: () => whole().keys(),
    values: () => whole().values(),
    [Symbol.iterator]: () => whole()[Symbol.iterator](),
  };
}

function lowestDescriptor(sockets: Float64Array, inode: number): number | undefined {
  let lowest: number | undefined;
  for (let at = sockets.indexOf(inode); at >= 0; at = sockets.indexOf(inode, at + 1)) {
    // A descriptor's number may be the same as the inode's.
    if (at % 2 === 1) continue;
    const fd = sockets[at + 1] ?? 0;
    if (lowest === undefined || fd < lowest) lowest = fd;
  }
  return lowest;
}

function holdersOfAll(processes: readonly HeldSocketColumns[], others: Holders): Holders {
  const all = new Map<number, SocketHolder[]>();
  for (const process of processes) {
    const settled = process.settle();
    if (settled === undefined) continue;
    const { pid } = process;
    const { startTime, sockets } = settled;
    for (let at = 0; at < sockets.length; at += 2) {
      const inode = sockets[at] ?? 0;
      const holder = { pid, startTime, fd: sockets[at + 1] ?? 0 };
      const known = all.get(inode);
      const last = known?.at(-1);
      if (!known) all.set(inode, [holder]);
      else if (last?.pid !== pid) known.push(holder);
      else if (holder.fd < (last.fd ?? 0)) known[known.length - 1] = holder;
    }
  }
  for (const [inode, found] of others) all.set(inode, [...(all.get(inode) ?? []), ...found].sort(byPid));
  return all;
}

function byPid(a: SocketHolder, b: SocketHolder): number {
  return a.pid - b.pid;
}
