import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { auditRules, auditState } from "./audit-state.mjs";
import { bpfPrograms, programsHeldBy } from "./bpf-programs.mjs";

/** Every process of a test run inherits this variable, which is how one that was left behind is recognised. */
export const RUN_MARKER = "PROCMON_TEST_RUN";

/** The kernel takes away what nobody holds any more a moment later. */
const PATIENCE_MS = 5000;
const LOOK_MS = 100;

const BPF_PROGRAM = "BPF program";

/** What could be left behind, as it is now: mounts, named network namespaces, interfaces, cgroups, BPF objects, audit rules and settings. */
export function census() {
  return new Set([
    ...mounts(),
    ...entries("/run/netns").map((name) => `network namespace ${name}`),
    ...Object.keys(networkInterfaces()).map((name) => `interface ${name}`),
    ...entries("/sys/class/net").map((name) => `interface ${name}`),
    ...["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].flatMap((root) =>
      entries(root).map((name) => `cgroup ${root}/${name}`),
    ),
    ...cgroupsOfTests(),
    ...entries("/sys/fs/bpf").map((name) => `pinned BPF object ${name}`),
    ...[...bpfPrograms()].map(bpfProgram),
    ...auditState(),
  ]);
}

/** What is there now and was not before, and the processes of this run that still live. */
export function leftovers(before, run) {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const left = [
      ...leftHere(before, run),
      ...processesOf(run).map((pid) => `process ${pid} ${target(`/proc/${pid}/exe`)}`),
    ];
    if (left.length === 0 || performance.now() > until) return left;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
}

/** Each with its type; one that is mounted over another of its kind is one more. */
function mounts() {
  const seen = new Map();
  return lines("/proc/self/mountinfo").map((line) => {
    const [fields, [type]] = line.split(" - ").map((part) => part.split(" "));
    const mount = `mount ${fields[4]} of ${type}`;
    seen.set(mount, (seen.get(mount) ?? 0) + 1);
    return `${mount}, ${seen.get(mount)}`;
  });
}

/** Those with our name, wherever they are: others are made and removed by the system itself. */
function cgroupsOfTests() {
  const roots = lines("/proc/self/mountinfo").filter((line) => /^cgroup2?$/.test(line.split(" - ")[1]?.split(" ")[0]));
  return roots.flatMap((line) => cgroupsBelow(line.split(" ")[4]));
}

function cgroupsBelow(folder) {
  return directories(folder).flatMap((name) => {
    const path = join(folder, name);
    return [...(name.includes("procmon") ? [`cgroup ${path}`] : []), ...cgroupsBelow(path)];
  });
}

function directories(folder) {
  try {
    const all = readdirSync(folder, { withFileTypes: true });
    return all.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Without what somebody else is running, who only happens to use Procmon. */
function leftHere(before, run) {
  const left = withoutForeignRules(
    [...census()].filter((thing) => !before.has(thing)),
    run,
  );
  if (!left.some((thing) => thing.startsWith(BPF_PROGRAM))) return left;
  const ours = new Set(processesOf(run));
  const theirs = programsHeldBy(pids().filter((pid) => !ours.has(pid) && pid !== String(process.pid)));
  const foreign = new Set([...bpfPrograms()].filter(([id]) => theirs.has(id)).map(bpfProgram));
  return left.filter((thing) => !foreign.has(thing));
}

/** Rules of monitors that live, and are none of this run. */
function withoutForeignRules(left, run) {
  if (!left.some((thing) => thing.startsWith("audit rule"))) return left;
  const ours = new Set(processesOf(run));
  const living = new Set(pids().filter((pid) => !ours.has(pid) && pid !== String(process.pid)));
  const foreign = new Set(auditRules().flatMap(({ rule, pid }) => (living.has(pid) ? [rule] : [])));
  return left.filter((thing) => !foreign.has(thing));
}

function bpfProgram([id, name]) {
  return `${BPF_PROGRAM} ${id} ${name}`;
}

/** Those of a run that still live. */
function processesOf(run) {
  const marker = `${RUN_MARKER}=${run}`;
  return pids().filter(
    (pid) => pid !== String(process.pid) && text(`/proc/${pid}/environ`).split("\0").includes(marker),
  );
}

function pids() {
  return entries("/proc").filter((pid) => /^\d+$/.test(pid));
}

function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function lines(file) {
  return text(file).split("\n").filter(Boolean);
}

function target(link) {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
