import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** Every process of a test run inherits this variable, which is how one that was left behind is recognised. */
export const RUN_MARKER = "PROCMON_TEST_RUN";

/** What could be left behind, as it is now: mounts, named network namespaces, interfaces, cgroups. */
export function census() {
  return new Set([
    ...lines("/proc/self/mountinfo").map((line) => `mount ${line.split(" ")[4]}`),
    ...entries("/run/netns").map((name) => `network namespace ${name}`),
    ...Object.keys(networkInterfaces()).map((name) => `interface ${name}`),
    ...entries("/sys/class/net").map((name) => `interface ${name}`),
    ...["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].flatMap((root) =>
      entries(root).map((name) => `cgroup ${root}/${name}`),
    ),
  ]);
}

/** What is there now and was not before, and the processes of this run that still live. */
export function leftovers(before, run) {
  return [...[...census()].filter((thing) => !before.has(thing)), ...livingProcesses(run)];
}

function livingProcesses(run) {
  const marker = `${RUN_MARKER}=${run}`;
  return entries("/proc")
    .filter((pid) => /^\d+$/.test(pid) && pid !== String(process.pid))
    .filter((pid) => text(`/proc/${pid}/environ`).split("\0").includes(marker))
    .map((pid) => `process ${pid} ${target(`/proc/${pid}/exe`)}`);
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
