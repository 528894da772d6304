import type { StoredProcess } from "./stored-process.ts";

/**
 * Who keeps whom: a living process keeps its parent, and so all its ancestors, in the store. Each step takes the time of what happened.
 */
export interface Lineage {
  /** A process has come into the store, or lives again. */
  enter(stored: StoredProcess, time: bigint): void;
  /** A process has ended: it keeps its ancestors only while a descendant of its own lives. */
  settle(stored: StoredProcess, time: bigint): void;
  /** A process leaves the store; its children wait for it to come back. */
  leave(stored: StoredProcess, time: bigint): void;
  clear(): void;
}

/** What the lineage asks of the store. */
export interface LineageOptions {
  /** The process that had this pid at `startTime`. */
  findParent(pid: number, startTime: bigint): StoredProcess | undefined;
  /** Whether something keeps this process may have changed. */
  onChange(stored: StoredProcess, time: bigint): void;
}

/** Makes an empty lineage. All steps take constant time, but for chains of ended ancestors, which are let go once. */
export function createLineage({ findParent, onChange }: LineageOptions): Lineage {
  /** Children whose parent is not in the store, by the parent's pid. */
  const waiting = new Map<number, Set<StoredProcess>>();

  function waitForParent(child: StoredProcess): void {
    const siblings = waiting.get(child.parentPid);
    if (siblings === undefined) waiting.set(child.parentPid, new Set([child]));
    else siblings.add(child);
  }

  function stopWaiting(child: StoredProcess): void {
    const siblings = waiting.get(child.parentPid);
    if (siblings?.delete(child) && siblings.size === 0) waiting.delete(child.parentPid);
  }

  /** Links upwards until an ancestor is reached that is kept already. */
  function hold(stored: StoredProcess, time: bigint): void {
    let child = stored;
    while (!child.holds) {
      child.holds = true;
      const parent = findParent(child.parentPid, child.process.startTime);
      if (parent === undefined || isAncestor(child, parent)) {
        waitForParent(child);
        return;
      }
      link(child, parent, time);
      child = parent;
    }
  }

  function link(child: StoredProcess, parent: StoredProcess, time: bigint): void {
    child.parent = parent;
    parent.children ??= new Set();
    parent.children.add(child);
    onChange(parent, time);
  }

  /** Takes the process away from its parent; returns the parent, which may now be kept by nothing. */
  function unlink(child: StoredProcess): StoredProcess | undefined {
    const parent = child.parent;
    child.holds = false;
    child.parent = undefined;
    if (parent === undefined) stopWaiting(child);
    else parent.children?.delete(child);
    return parent;
  }

  function settle(stored: StoredProcess, time: bigint): void {
    let child: StoredProcess | undefined = stored;
    while (child?.holds && child.endedAt !== undefined && !hasChildren(child)) {
      const parent = unlink(child);
      onChange(child, time);
      child = parent;
    }
    if (child !== undefined) onChange(child, time);
  }

  return {
    enter(stored, time) {
      const { pid, startTime } = stored.process;
      for (const child of [...(waiting.get(pid) ?? [])]) {
        if (child === stored || child.process.startTime < startTime) continue;
        stopWaiting(child);
        link(child, stored, time);
      }
      if (stored.endedAt === undefined || hasChildren(stored)) hold(stored, time);
    },
    settle,
    leave(stored, time) {
      for (const child of stored.children ?? []) {
        child.parent = undefined;
        waitForParent(child);
      }
      stored.children = undefined;
      const parent = stored.holds ? unlink(stored) : undefined;
      if (parent !== undefined) settle(parent, time);
    },
    clear: () => waiting.clear(),
  };
}

/** True while a child keeps this process. */
export function hasChildren(stored: StoredProcess): boolean {
  return stored.children !== undefined && stored.children.size > 0;
}

/** True if `stored` is `descendant` or above it. Only processes of one clock tick can be entangled so, by false parents. */
function isAncestor(stored: StoredProcess, descendant: StoredProcess): boolean {
  const { startTime } = stored.process;
  let current: StoredProcess | undefined = descendant;
  while (current !== undefined && current.process.startTime === startTime) {
    if (current === stored) return true;
    current = current.parent;
  }
  return false;
}
