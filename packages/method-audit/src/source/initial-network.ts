import { closeSync, existsSync, openSync } from "node:fs";
import { DEFAULT_PROCFS, readNamespace } from "@procmon/core";
import { EARLIEST, INITIAL_PID } from "./initial-pids.ts";
import type { SourceRefusal } from "./source-refusal.ts";

/** A setting of the whole machine's network, which /proc/sys/net of the initial namespace has, and of no other. */
const OF_THE_MACHINE = `${DEFAULT_PROCFS.root}/sys/net/core/dev_weight`;

/**
 * Calls `use` with a descriptor of the initial network namespace, or with undefined where this process is in it. Gives undefined where that
 * namespace is out of reach. The kernel sends its multicast to sockets of it alone; in another, nothing would ever come.
 */
export function inInitialNetwork<T>(use: (netns: number | undefined) => T): T | undefined {
  if (existsSync(OF_THE_MACHINE)) return use(undefined);
  if (inode("self", "pid") !== INITIAL_PID) return undefined;
  // These live in the initial network namespace, too.
  const pid = EARLIEST.find((each) => inode(each, "net") !== undefined);
  if (pid === undefined) return undefined;
  if (inode(pid, "net") === inode("self", "net")) return use(undefined);
  const netns = tryOpen(`${DEFAULT_PROCFS.root}/${pid}/ns/net`);
  if (netns === undefined) return undefined;
  try {
    return use(netns);
  } finally {
    closeSync(netns);
  }
}

/** What is said where it is out of reach. */
export const IN_OTHER_NETWORK: SourceRefusal = {
  reason: "This process is in a network namespace of its own, to which the kernel sends no audit records.",
  remedy:
    "Let it share the network of the host, or give it CAP_SYS_ADMIN, CAP_SYS_PTRACE and the host's pid namespace.",
};

function inode(pid: number | "self", kind: "net" | "pid"): number | undefined {
  const read = readNamespace(DEFAULT_PROCFS, pid, kind);
  return read.ok ? read.value : undefined;
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    return undefined;
  }
}
