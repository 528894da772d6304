import type { CheckedConnection, MonitorMethod, Ownership, ReadOutcome, SocketEntry } from "@procmon/core";
import { procMethod } from "@procmon/method-proc";
import { createHost, type RecordingHost } from "./host.ts";

export async function withMethod<T>(
  native: boolean,
  work: (method: MonitorMethod, host: RecordingHost) => Promise<T>,
): Promise<T> {
  const host = createHost();
  const method = procMethod({ native });
  try {
    await method.start(host);
    return await work(method, host);
  } finally {
    await method.stop();
    host.close();
  }
}

export type Stats = Readonly<Record<string, number>>;

/** What the method has done since this call. */
export function counting(method: MonitorMethod): () => Stats {
  const before: Stats = method.stats?.() ?? {};
  return () =>
    Object.fromEntries(Object.entries(method.stats?.() ?? {}).map(([name, n]) => [name, n - (before[name] ?? 0)]));
}

/** All answers, those that came in one go and those that came one by one; from where the socket's holder was known is left out. */
export async function answersOf(
  native: boolean,
  connections: readonly CheckedConnection[],
): Promise<{ answers: Ownership[]; stats: Stats }> {
  return withMethod(native, async (method) => {
    const together = await Promise.all(connections.map((each) => method.findOwner(each)));
    const single: Ownership[] = [];
    for (const each of connections.slice(0, 10)) single.push(await method.findOwner(each));
    const answers = [...together, ...single].map((answer) => {
      return answer.kind === "process" && answer.via !== "listener" ? { ...answer, via: "scan" } : answer;
    });
    return { answers, stats: method.stats?.() ?? {} };
  });
}

export async function snapshotOf(native: boolean): Promise<{ entries: SocketEntry[]; stats: Stats }> {
  return withMethod(native, async (method) => {
    const entries: SocketEntry[] = [];
    for await (const entry of method.snapshot?.() ?? []) entries.push(entry);
    return { entries, stats: method.stats?.() ?? {} };
  });
}

export function tableOf<T>(read: ReadOutcome<T>): T {
  if (!read.ok) throw new Error(read.failure);
  return read.value;
}

/** In one order, and without what only sock_diag tells. */
export function inOrder(rows: readonly object[]): string[] {
  const texts = rows.map((row) => {
    const known = Object.entries(row).filter(([key]) => key !== "cookie" && key !== "peerInode");
    return JSON.stringify(Object.fromEntries(known.sort()), (_, value) =>
      typeof value === "bigint" ? `${value}` : value,
    );
  });
  return texts.sort();
}
