import { processFile } from "./process-file.ts";
import type { Procfs } from "./procfs.ts";
import type { ReadOutcome } from "./read-outcome.ts";
import { readProcLink } from "./read-proc-link.ts";

/** The kinds of namespaces(7). */
export type NamespaceKind = "cgroup" | "ipc" | "mnt" | "net" | "pid" | "time" | "user" | "uts";

/** The inode number of a process's namespace, which names it (namespaces(7)). Other users' processes need CAP_SYS_PTRACE. */
export function readNamespace(
  procfs: Procfs,
  pid: number | "self",
  kind: NamespaceKind,
  tid?: number,
): ReadOutcome<number> {
  const path = pid === "self" ? `${procfs.root}/self/ns/${kind}` : processFile(procfs, pid, `ns/${kind}`, tid);
  const link = readProcLink(path);
  if (!link.ok) return link;
  const inode = parseNamespaceLink(link.value);
  return inode === undefined ? { ok: false, failure: "failed" } : { ok: true, value: inode };
}

/** The number of `net:[4026531840]`; undefined for anything else. */
export function parseNamespaceLink(link: string): number | undefined {
  const open = link.indexOf(":[");
  if (open < 0 || !link.endsWith("]")) return undefined;
  const digits = link.slice(open + 2, -1);
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}
