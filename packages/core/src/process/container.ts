import type { CgroupEntry } from "../procfs/parse-cgroup.ts";
import type { Container } from "./process.ts";

type Runtime = NonNullable<Container["runtime"]>;

/** How runtimes begin the name of a container's cgroup. `crio-conmon-…` and `libpod-conmon-…` are monitors, not containers. */
const PREFIXES: Readonly<Record<string, Runtime>> = {
  docker: "docker",
  libpod: "podman",
  "libpod-payload": "podman",
  "cri-containerd": "containerd",
  nerdctl: "containerd",
  crio: "cri-o",
};

/** `docker-<id>.scope`, `libpod-<id>`, and `kubepods-….slice:cri-containerd:<id>` of the cgroupfs driver. */
const PREFIXED = /^(?:.{0,200}:)?([a-z-]{1,20})[-:]([0-9a-f]{64})(?:\.scope)?$/;
const BARE = /^[0-9a-f]{64}$/;

/**
 * The container that a process's cgroups name: docker, podman, containerd, cri-o, lxc or systemd-nspawn, with cgroup v1 and v2.
 * Of nested containers the innermost. Undefined outside of a container, and where the reader's own cgroup namespace hides it.
 */
export function findContainer(entries: readonly CgroupEntry[]): Container | undefined {
  for (const { path } of entries) {
    if (path.length < 5) continue;
    const container = inPath(path);
    if (container !== undefined) return container;
  }
  return undefined;
}

function inPath(path: string): Container | undefined {
  const parts = path.split("/");
  for (let i = parts.length - 1; i > 0; i--) {
    const container = inPart(parts[i] ?? "", parts[i - 1] ?? "");
    if (container !== undefined) return container;
  }
  return undefined;
}

function inPart(part: string, parent: string): Container | undefined {
  const prefixed = PREFIXED.exec(part);
  const runtime = prefixed?.[1] === undefined ? undefined : PREFIXES[prefixed[1]];
  if (runtime !== undefined && prefixed?.[2] !== undefined) return { id: prefixed[2], runtime };
  if (BARE.test(part)) return parent === "docker" ? { id: part, runtime: "docker" } : { id: part };
  if (part.startsWith("lxc.payload.")) return named(part.slice("lxc.payload.".length), "lxc");
  if (parent === "lxc" || parent === "lxc.payload") return named(part, "lxc");
  const machine =
    /^machine-(.{1,200})\.scope$/.exec(part)?.[1] ?? /^systemd-nspawn@(.{1,200})\.service$/.exec(part)?.[1];
  if (machine === undefined) return undefined;
  const name = unescapeUnit(machine);
  // libvirt registers its virtual machines and lxc domains in the same way (virCgroupNewMachineSystemd).
  return /^(qemu|lxc|xen|ch)-\d/.test(name) ? undefined : named(name, "systemd-nspawn");
}

function named(id: string, runtime: Runtime): Container | undefined {
  return id === "" ? undefined : { id, runtime };
}

/** Undoes systemd-escape(1): `\x2d` is a hyphen. */
function unescapeUnit(text: string): string {
  return text.replace(/\\x([0-7][0-9a-f])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
