import {
  hidingOption,
  holderVisibility,
  listNetworkNamespaces,
  listPids,
  missingCapabilities,
  PF_KTHREAD,
  type ProbeCheck,
  type ProbeReport,
  type Procfs,
  probeReport,
  readHidepid,
  readNamespace,
  readStat,
} from "@procmon/core";
import { checkNative } from "./check-native.ts";
import { type ConnectorCheckOptions, checkConnector } from "./connector/check-connector.ts";
import { findProcfs } from "./kernel-procfs.ts";

/** What reading the descriptors of all processes takes. */
const NEEDED = "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH";

/** Looks at what the method needs: nothing but a procfs; privileges show it more. */
export async function probe(procfs: Procfs, options: ConnectorCheckOptions): Promise<ProbeReport> {
  const mounted = checkProcfs(procfs);
  if (mounted.result !== "available") return probeReport([mounted]);
  try {
    const checks = [mounted, checkHidepid(procfs), checkDescriptors(procfs), checkNamespaces(procfs)];
    return probeReport([...checks, await checkNative(options.native), await checkConnector(procfs, options)]);
  } catch (error) {
    const detail = `${procfs.root} could not be read: ${String(error)}.`;
    return probeReport([{ ...mounted, result: "unknown", detail }]);
  }
}

/** Whether a procfs is where it should be. */
export function checkProcfs(procfs: Procfs): ProbeCheck {
  const { root } = procfs;
  const check = { name: "procfs", required: true };
  const found = findProcfs(procfs);
  if (found === "procfs") return { ...check, result: "available", detail: `A procfs is mounted on ${root}.` };
  return {
    ...check,
    result: "unavailable",
    detail: found === "other" ? `${root} is no procfs.` : `There is no ${root}, or it may not be read.`,
    cost: "Nothing can be found out.",
    remedy: `Mount a procfs there: mount -t proc proc ${root}`,
  };
}

function checkHidepid(procfs: Procfs): ProbeCheck {
  const check = { name: "hidepid", required: false };
  const hidepid = readHidepid(procfs);
  if (!hidepid.ok) return { ...check, result: "unknown", detail: "The mount options of the procfs could not be read." };
  const { option } = hidepid.value;
  if (option === "") return { ...check, result: "available", detail: "The procfs shows all processes." };
  const mounted = `The procfs is mounted with ${option}`;
  if (hidingOption(procfs) === undefined) {
    return { ...check, result: "available", detail: `${mounted}, from which this process is exempt.` };
  }
  return {
    ...check,
    result: "unavailable",
    detail: `${mounted}.`,
    cost: "Other users' processes are not seen at all.",
    remedy: grant(),
  };
}

function checkDescriptors(procfs: Procfs): ProbeCheck {
  const check = { name: "descriptors", required: false };
  const pids = listPids(procfs);
  const denied = pids.filter((pid) => isDenied(procfs, pid));
  const { pidsReadable, pidsTotal, complete, requires } = holderVisibility(procfs, { pids, denied });
  const detail = `The descriptors of ${pidsReadable} of ${pidsTotal} processes may be read.`;
  if (complete) return { ...check, result: "available", detail };
  const lost = {
    ...check,
    result: "unavailable",
    cost: "The owners of the others' sockets are hidden.",
  } as const;
  const more = { ...lost, detail: `${detail} To see more takes ${requires}.` };
  if (requires.endsWith("namespace")) {
    return {
      ...more,
      remedy: "Run it outside of the container, or let the container share the namespace of the host.",
    };
  }
  if (missingCapabilities(procfs).length > 0) return { ...more, remedy: grant() };
  // No remedy is known: what is left is a security module, and which rule of it denies is not told.
  return { ...lost, detail: `${detail} The rest refuse, although ${NEEDED} are there.` };
}

/** The kernel asks the same of whoever reads a namespace link as of one who reads descriptors; a thread of the kernel has none. */
function isDenied(procfs: Procfs, pid: number): boolean {
  const netns = readNamespace(procfs, pid, "net");
  if (netns.ok || netns.failure !== "denied") return false;
  const stat = readStat(procfs, pid);
  return stat.ok && (stat.value.flags & PF_KTHREAD) === 0;
}

function checkNamespaces(procfs: Procfs): ProbeCheck {
  const check = { name: "network-namespaces", required: false };
  const { readable, denied } = listNetworkNamespaces(procfs);
  const detail = `${readable.length} of ${readable.length + denied} network namespaces may be read.`;
  if (denied === 0) return { ...check, result: "available", detail };
  return {
    ...check,
    result: "unavailable",
    detail,
    cost: "Connections in the others, such as those of containers, are not seen.",
    remedy: grant(),
  };
}

/** The least that helps. Not setcap(8): every script that this executable runs would have the capabilities. */
function grant(): string {
  return [
    "Run it as root, or give it two capabilities alone. In a systemd unit: AmbientCapabilities=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH",
    "In a root shell: setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+sys_ptrace,+dac_read_search --ambient-caps=+sys_ptrace,+dac_read_search COMMAND",
  ].join("\n");
}
