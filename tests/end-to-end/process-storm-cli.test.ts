import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fixturePath } from "@procmon-internal/fixtures";
import { expect, test } from "vitest";
import { runMarker } from "./support/event-record.ts";
import { needs } from "./support/needs.ts";
import { connectorSocketsOf } from "./support/netlink-sockets.ts";
import { CLI } from "./support/run-cli.ts";
import { endOf, makeStorm } from "./support/storm.ts";

needs("root", "cc");

/** A record of `watch --json`. */
interface WatchRecord {
  readonly type: string;
  readonly process?: { readonly pid: number; readonly path?: string; readonly args?: readonly string[] };
  readonly exitCode?: number;
  readonly signal?: number;
}

test("the command tells every exec and exit of a storm", async () => {
  if (!existsSync(CLI)) throw new Error("the command line is not built: npm run build");
  const child = spawn(process.execPath, [CLI, "watch", "--method", "proc", "--types", "exec,exit", "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const records: WatchRecord[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => records.push(JSON.parse(line) as WatchRecord));
  try {
    // It says which method runs once that runs.
    await once(child.stderr, "data");
    expect(connectorSocketsOf(child.pid as number).length).toBeGreaterThan(0);
    const program = fixturePath("short-life");
    const storm = await makeStorm("storm", [3000, 1, "run", program, "storm"]);
    const last = await runMarker();
    const isOver = () => records.some(({ type, process }) => type === "exit" && process?.pid === last);
    await expect.poll(isOver, { timeout: 30_000 }).toBe(true);

    const byPid = new Map<number, WatchRecord[]>(storm.pids.map((pid) => [pid, []]));
    for (const record of records) byPid.get(record.process?.pid ?? 0)?.push(record);
    const faults = storm.pids.flatMap((pid, number) => {
      const [exec, exit, ...more] = byPid.get(pid) ?? [];
      const { path = program, args = [program, "storm", `${number}`] } = exec?.process ?? {};
      const told = { exec: exec?.type, path, args, exit: exit?.type, more, exitCode: exit?.exitCode };
      const wanted = {
        exec: "exec",
        path: program,
        args: [program, "storm", `${number}`],
        exit: "exit",
        more: [],
        ...endOf(storm.statuses[number] ?? -1),
      };
      return JSON.stringify(told) === JSON.stringify(wanted) ? [] : [`child ${number}: ${JSON.stringify(told)}`];
    });
    expect(faults).toEqual([]);
    expect(records.filter(({ type }) => type === "lost")).toEqual([]);
  } finally {
    child.kill("SIGINT");
    await exited;
  }
});
