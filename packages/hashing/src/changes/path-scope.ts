import { type Process, type Procfs, readNamespace } from "@procmon/core";

/**
 * What the paths of a process are to be understood in: its container, else its mount namespace. One that has ended, and was in no container,
 * is taken to have been in the reader's.
 */
export function pathScope(procfs: Procfs, { pid, container }: Process): string {
  if (container !== undefined) return container.id;
  const namespace = readNamespace(procfs, pid, "mnt");
  return namespace.ok ? String(namespace.value) : ownNamespace(procfs);
}

function ownNamespace(procfs: Procfs): string {
  const namespace = readNamespace(procfs, process.pid, "mnt");
  return namespace.ok ? String(namespace.value) : "";
}
