import { spawnFixture } from "@procmon-internal/fixtures";
import { report } from "./report.ts";
import { compareCommands, PROCMON } from "./whole-process.ts";

/** Listing 10,000 sockets of 200 processes, each tool as a whole process, Node's own start included. */
export async function listing(): Promise<void> {
  await using load = await spawnFixture("load", ["200", "10000"], { timeoutMs: 120_000 });
  const took = compareCommands(7, {
    procmon: [process.execPath, PROCMON, "ls", "--all", "--tcp", "--udp", "--raw", "-n"],
    json: [process.execPath, PROCMON, "ls", "--all", "--tcp", "--udp", "--raw", "-n", "--json"],
    everything: [process.execPath, PROCMON, "ls", "--all", "-n"],
    empty: [process.execPath, "-e", "0"],
    lsof: ["lsof", "-nP", "-i"],
    ss: ["ss", "-tunap"],
  });
  const lsof = { name: "lsof -nP -i", value: took.lsof.wall };
  const ss = { name: "ss -tunap", value: took.ss.wall };
  report(`Listing 10,000 sockets of 200 processes (whole process; load of pid ${load.pid})`, [
    { name: "procmon ls -a -t -u -w", value: took.procmon.wall, unit: "ms", against: lsof, limit: { ratio: 1 } },
    { name: "procmon ls -a -t -u -w, against ss", value: took.procmon.wall, unit: "ms", against: ss },
    { name: "procmon ls -a -t -u -w --json", value: took.json.wall, unit: "ms", against: lsof, limit: { ratio: 1 } },
    {
      name: "procmon ls -a (unix and packet sockets, too)",
      value: took.everything.wall,
      unit: "ms",
      against: lsof,
      limit: { ratio: 1 },
    },
    { name: "an empty script in Node", value: took.empty.wall, unit: "ms", against: lsof },
    {
      name: "peak memory of procmon ls -a",
      value: took.everything.peak / 1024,
      unit: "MB",
      against: { name: "an empty script", value: took.empty.peak / 1024 },
      limit: { value: 120 },
    },
    {
      name: "peak memory of procmon ls -a --json",
      value: took.json.peak / 1024,
      unit: "MB",
      against: { name: "an empty script", value: took.empty.peak / 1024 },
      limit: { value: 120 },
    },
  ]);
}
