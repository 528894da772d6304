import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTree, createMonitor, DEFAULT_PROCFS, type Process, readProcess } from "@procmon/core";
import findProcess from "find-process";
import { median, timeEach, timePerCall } from "./measure.ts";
import { connectionOfOurs } from "./own-connection.ts";
import { report } from "./report.ts";

/** A known connection and known processes: what a firewall asks thousands of times. */
export async function lookup(): Promise<void> {
  await using monitor = createMonitor({ methods: ["proc"], strict: true });
  await monitor.start();
  const { tuple, close } = await connectionOfOurs();
  await monitor.findOwner(tuple);
  const known = await timePerCall(20_000, () => monitor.findOwner(tuple));
  const link = `/proc/self/fd/0`;
  const floor = await timePerCall(20_000, () => readlinkSync(link));
  const filter = `sport = :${tuple.srcPort} and dport = :${tuple.dstPort}`;
  const ss = median(await timeEach(5, () => execFileSync("ss", ["-tnpH", filter]))) * 1000;

  await monitor.findProcess(process.pid);
  const cached = await timePerCall(50_000, () => monitor.findProcess(process.pid));
  const uncached = await timePerCall(2_000, () => readProcess(DEFAULT_PROCFS, process.pid));
  const ps =
    median(await timeEach(5, () => execFileSync("ps", ["-o", "ppid,lstart,comm,args", "-p", `${process.pid}`]))) * 1000;
  const library = median(await timeEach(5, () => findProcess("pid", process.pid))) * 1000;

  const chain = await chainOfProcesses(17);
  const leaf = processOf(chain.pid);
  const depth = buildTree(DEFAULT_PROCFS, leaf).length;
  const tree = await timePerCall(500, () => buildTree(DEFAULT_PROCFS, leaf));
  chain.stop();
  close();

  report("Lookups", [
    {
      name: "findOwner, known connection, checked",
      value: known,
      unit: "µs",
      against: { name: "ss -tnp with a filter", value: ss },
      limit: { value: 5 },
    },
    {
      name: "  the same, against one readlink of /proc",
      value: known,
      unit: "µs",
      against: { name: "readlink", value: floor },
    },
    {
      name: "findProcess, cached",
      value: cached,
      unit: "µs",
      against: { name: "ps -p", value: ps },
      limit: { value: 1 },
    },
    {
      name: "a process from /proc, uncached",
      value: uncached,
      unit: "µs",
      against: { name: "ps -p", value: ps },
      limit: { value: 60 },
    },
    {
      name: "  the same, against the package find-process",
      value: uncached,
      unit: "µs",
      against: { name: "find-process", value: library },
    },
    {
      name: `a tree of ${depth} from /proc, uncached`,
      value: tree,
      unit: "µs",
      against: { name: "ps -p", value: ps },
      limit: { value: 200 },
    },
  ]);
}

function processOf(pid: number): Process {
  const read = readProcess(DEFAULT_PROCFS, pid);
  if (!read.ok) throw new Error(`process ${pid} could not be read: ${read.failure}`);
  return read.value;
}

/** Shells that start each other; the last one's tree has at least `depth` steps. */
async function chainOfProcesses(depth: number): Promise<{ pid: number; stop: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "procmon-bench-"));
  const script = join(folder, "chain.sh");
  const own = buildTree(DEFAULT_PROCFS, processOf(process.pid)).length;
  writeFileSync(script, 'if [ "$1" -gt 1 ]; then sh "$0" $(($1 - 1)); else echo $$; read line; fi; true\n');
  const first = spawn("sh", [script, String(Math.max(1, depth - own))], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(first.stdout, "data")) as [Buffer];
  return {
    pid: Number(line.toString()),
    stop: () => {
      first.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}
