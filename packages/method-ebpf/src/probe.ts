import { existsSync } from "node:fs";
import { type ProbeCheck, type ProbeReport, type Procfs, probeReport, readStatus } from "@procmon/core";
import { NativeError, nativeSupport } from "@procmon/native";
import { HOOKS, type Hook } from "./hooks/hooks.ts";
import { cgroupRoot } from "./kernel/cgroup-root.ts";
import {
  isLoadFailure,
  type LoadedPrograms,
  type LoadFailure,
  type LoadOptions,
  loadPrograms,
} from "./kernel/load-programs.ts";
import { readProgramsFile } from "./kernel/programs-file.ts";

/** What the method cannot do without, before the kernel is asked. */
const NEEDED = ["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"] as const;

/** The kernel's description of its own types, by which programs find their way in it. */
const KERNEL_BTF = "/sys/kernel/btf/vmlinux";

/**
 * Looks whether the method can run here: the programs are loaded, and nothing is attached.
 *
 * @param onLoaded takes them over
 */
export async function probe(
  procfs: Procfs,
  options: LoadOptions,
  onLoaded: (loaded: LoadedPrograms) => void,
): Promise<ProbeReport> {
  const needs = checkNeeds(procfs);
  if (needs.some(({ result }) => result !== "available")) return probeReport(needs);
  const compiled = readProgramsFile();
  if (compiled === undefined) return probeReport(needs);
  try {
    const loaded = loadPrograms(compiled, options);
    if (isLoadFailure(loaded)) return probeReport([...needs, checkFailure(loaded)]);
    onLoaded(loaded);
    const hooks = options.events ? HOOKS : loaded.live;
    return probeReport([...needs, ...hooks.map((hook) => checkHook(hook, loaded))]);
  } catch (error) {
    if (!NativeError.isInstance(error)) throw error;
    return probeReport([...needs, { name: "load", required: true, result: "unavailable", detail: error.message }]);
  }
}

/** All that can be looked at without loading anything. */
export function checkNeeds(procfs: Procfs): readonly ProbeCheck[] {
  return [checkNative(), checkPrograms(), checkPrivileges(procfs), checkTypes(), checkCgroups(procfs)];
}

function checkNative(): ProbeCheck {
  const check = { name: "native", required: true };
  const support = nativeSupport();
  if (support.available) return { ...check, result: "available", detail: "@procmon/native runs on this machine." };
  return {
    ...check,
    result: "unavailable",
    detail: support.reason,
    cost: "No program can be loaded.",
    remedy: support.remedy,
  };
}

function checkPrograms(): ProbeCheck {
  const check = { name: "programs", required: true };
  if (readProgramsFile() !== undefined)
    return { ...check, result: "available", detail: "The compiled programs are there." };
  return {
    ...check,
    result: "unavailable",
    detail: "The package was built without its compiled programs.",
    cost: "There is nothing to load.",
    remedy: "Install clang and libbpf-dev, and build again; the published package has them.",
  };
}

function checkPrivileges(procfs: Procfs): ProbeCheck {
  const check = { name: "privileges", required: true };
  const missing = missingPrivileges(procfs);
  if (missing.length === 0) return { ...check, result: "available", detail: "This process may load programs." };
  return {
    ...check,
    result: "unavailable",
    detail: `Loading programs takes ${missing.join(", ")}, which this process does not have.`,
    cost: "The kernel refuses every program.",
    remedy: grant(),
  };
}

/** Those of the capabilities that are missing; CAP_SYS_ADMIN stands for the first two, as it did before Linux 5.8 (capabilities(7)). */
function missingPrivileges(procfs: Procfs): readonly string[] {
  const status = readStatus(procfs, process.pid);
  const held = (status.ok && status.value.capabilities.effective) || [];
  return NEEDED.filter((name) => !held.includes(name) && !(name !== "CAP_NET_ADMIN" && held.includes("CAP_SYS_ADMIN")));
}

function checkTypes(): ProbeCheck {
  const check = { name: "kernel-types", required: true };
  if (existsSync(KERNEL_BTF)) return { ...check, result: "available", detail: "The kernel describes its types (BTF)." };
  return {
    ...check,
    result: "unavailable",
    detail: `There is no ${KERNEL_BTF}.`,
    cost: "Programs cannot find their way in this kernel.",
    remedy:
      "Use a kernel that is built with CONFIG_DEBUG_INFO_BTF, as those of the distributions are since about 2021.",
  };
}

function checkCgroups(procfs: Procfs): ProbeCheck {
  const check = { name: "cgroups", required: true };
  const root = cgroupRoot(procfs);
  if (root !== undefined)
    return { ...check, result: "available", detail: `The cgroup v2 hierarchy is mounted on ${root}.` };
  return {
    ...check,
    result: "unavailable",
    detail: "No cgroup v2 hierarchy is mounted here, or only a part of it.",
    cost: "Outgoing connections and datagrams cannot be seen.",
    remedy: "mount -t cgroup2 none /sys/fs/cgroup/unified; in a container, share the host's cgroup namespace",
  };
}

function checkFailure({ hook, error }: LoadFailure): ProbeCheck {
  const name = hook === undefined ? "load" : `hook-${hook.name}`;
  const detail = hook === undefined ? error.message : `The kernel refuses what tells ${hook.gives}: ${error.message}`;
  return {
    name,
    required: true,
    result: "unavailable",
    detail,
    cost: hook?.cost ?? "No program can be loaded.",
    remedy: "Linux 5.15 or later is needed; a security module may forbid it, too.",
  };
}

function checkHook(hook: Hook, loaded: LoadedPrograms): ProbeCheck {
  const check = { name: `hook-${hook.name}`, required: hook.required };
  const missing = loaded.missing.find(({ name }) => name === hook.name);
  if (missing === undefined) return { ...check, result: "available", detail: `It tells ${hook.gives}.` };
  return { ...check, result: "unavailable", detail: missing.reason, cost: hook.cost };
}

/** The least that helps. */
function grant(): string {
  return [
    `Run it as root, or give it these alone. In a systemd unit: AmbientCapabilities=${NEEDED.join(" ")}`,
    "In a root shell: setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+bpf,+perfmon,+net_admin --ambient-caps=+bpf,+perfmon,+net_admin COMMAND",
  ].join("\n");
}
