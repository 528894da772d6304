import { type Process, type Procfs, readNamespace } from "@procmon/core";

/** Of a process that has ended: these are asked, the nearest first. */
const MAX_ANCESTORS = 3;

/**
 * What the paths of a process are to be understood in: its container, else its mount namespace. One that has ended is taken to have been in that
 * of the nearest ancestor that lives, else in the reader's.
 */
export function pathScope(procfs: Procfs, { pid, container, tree = [] }: Process): string {
  if (container !== undefined) return container.id;
  const ancestors = tree.map((ancestor) => ancestor.pid).filter((ancestor) => ancestor !== pid);
  for (const each of [pid, ...ancestors.slice(0, MAX_ANCESTORS), process.pid]) {
    const namespace = readNamespace(procfs, each, "mnt");
    if (namespace.ok) return String(namespace.value);
  }
  return "";
}
