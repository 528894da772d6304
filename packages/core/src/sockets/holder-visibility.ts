import { getegid, getgroups } from "node:process";
import { parseStatus } from "../procfs/parse-status.ts";
import type { Procfs } from "../procfs/procfs.ts";
import { readHidepid } from "../procfs/read-hidepid.ts";
import { readNamespace } from "../procfs/read-namespace.ts";
import { readProcFile } from "../procfs/read-proc-file.ts";
import type { NetworkNamespaces } from "./network-namespaces.ts";
import type { Visibility } from "./socket-entry.ts";
import type { SocketHolders } from "./socket-holders.ts";

/** How much of the machine's descriptors could be looked at, and what that is worth. */
export interface HolderVisibility extends Visibility {
  /** True if every process that could hold a socket was looked at. */
  readonly complete: boolean;
  /** What would show the rest; empty where `complete`. */
  readonly requires: string;
}

/** The numbers of the initial namespaces, fixed by the kernel (include/uapi/linux/nsfs.h). */
const INITIAL_PID_NAMESPACE = 0xeffffffc;
const INITIAL_USER_NAMESPACE = 0xeffffffd;

/** Capabilities that reading the descriptors of all processes takes: the first for the links, the second for the directory. */
const NEEDED = ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"];

/**
 * What a pass over the descriptors could see, and why not more (proc_pid_fd(5), ptrace(2) "access mode checking").
 */
export function holderVisibility(
  procfs: Procfs,
  holders: Pick<SocketHolders, "pids" | "denied">,
  namespaces?: NetworkNamespaces,
): HolderVisibility {
  const missing = missingCapabilities(procfs);
  const hiddenBy: string[] = [];
  let requires = "";

  const option = hidingOption(procfs, missing);
  if (option !== undefined) {
    hiddenBy.push(`${option} on ${procfs.root}`);
    requires = requiredToLook(procfs, missing);
  }
  const total = holders.pids.length;
  const denied = holders.denied.length;
  if (denied > 0) {
    requires = requiredToLook(procfs, missing);
    hiddenBy.push(`${denied} of ${total} processes may not be looked at, which takes ${requires}`);
  }
  if (isInside("pid", procfs)) {
    hiddenBy.push("a pid namespace: processes outside of it are not shown");
    requires ||= "the initial pid namespace";
  }
  if (namespaces && namespaces.denied > 0) {
    const takes = missing.includes("CAP_SYS_PTRACE") ? "CAP_SYS_PTRACE" : requiredToLook(procfs, missing);
    const what = namespaces.denied === 1 ? "1 network namespace" : `${namespaces.denied} network namespaces`;
    hiddenBy.push(`${what} may not be looked at, which takes ${takes}`);
  }
  return { pidsReadable: total - denied, pidsTotal: total, hiddenBy, complete: requires === "", requires };
}

/** Those of the capabilities for reading all descriptors that this process does not have. */
export function missingCapabilities(procfs: Procfs): string[] {
  const status = readProcFile(`${procfs.root}/self/status`, { single: true });
  const effective = (status.ok && parseStatus(status.value)?.capabilities.effective) || [];
  return NEEDED.filter((name) => {
    // CAP_DAC_OVERRIDE includes CAP_DAC_READ_SEARCH (capabilities(7)).
    if (name === "CAP_DAC_READ_SEARCH" && effective.includes("CAP_DAC_OVERRIDE")) return false;
    return !effective.includes(name);
  });
}

/**
 * What it takes to look at a process that may not be looked at: a short phrase that fits after "which takes". A process
 * may refuse one that has all capabilities, too: where it lives in another user namespace, or a security module guards it.
 *
 * @param missing What {@link missingCapabilities} found
 */
export function requiredToLook(procfs: Procfs, missing: readonly string[] = missingCapabilities(procfs)): string {
  if (missing.length > 0) return missing.join(" and ");
  return isInside("user", procfs) ? "capabilities of the initial user namespace" : "more than capabilities";
}

/**
 * The mount option of the procfs that hides other users' processes from this one, for example `hidepid=invisible`;
 * undefined where none does.
 *
 * @param missing What {@link missingCapabilities} found
 */
export function hidingOption(
  procfs: Procfs,
  missing: readonly string[] = missingCapabilities(procfs),
): string | undefined {
  if (!missing.includes("CAP_SYS_PTRACE")) return undefined;
  const hidepid = readHidepid(procfs);
  if (!hidepid.ok || hidepid.value.mode === "off") return undefined;
  const { mode, gid, option } = hidepid.value;
  // The kernel asks for the group only in the other modes, and for that of root where none is given (has_pid_permissions).
  return mode !== "ptraceable" && isMember(gid ?? 0) ? undefined : option;
}

/** True if this process is in a namespace of that kind which is not the machine's first. */
function isInside(kind: "pid" | "user", procfs: Procfs): boolean {
  const namespace = readNamespace(procfs, "self", kind);
  return namespace.ok && namespace.value !== (kind === "pid" ? INITIAL_PID_NAMESPACE : INITIAL_USER_NAMESPACE);
}

function isMember(gid: number): boolean {
  return getegid?.() === gid || getgroups?.().includes(gid) === true;
}
