import { appendFileSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMonitor, type MonitorEvent, type Process } from "@procmon/core";
import { hashing } from "@procmon/hashing";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { report } from "../report.ts";
import { sized } from "../size.ts";

const EXECUTABLES = 10;
const LIVES = sized(200);
/** Milliseconds without an event after which all is told. */
const QUIET_MS = 500;

/** Processes that end at once, each of which runs ten executables: how many have their checksums, and how many were computed. */
export async function hashShortLives(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "procmon-bench-"));
  const programs = Array.from({ length: EXECUTABLES }, (_, number) => join(folder, `program-${number}`));
  for (const [number, path] of programs.entries()) {
    copyFileSync(fixturePath("short-life"), path);
    appendFileSync(path, `the program ${number}`);
  }
  const monitor = createMonitor({ methods: ["ebpf"], strict: true });
  const hasher = hashing();
  monitor.use(hasher);
  const told = new Map<string, Process>();
  let lastAt = performance.now();
  const take = (event: MonitorEvent): void => {
    if (event.type !== "exec" && event.type !== "checksum") return;
    const { process } = event;
    if (!programs.includes(process.path ?? "")) return;
    told.set(`${process.pid}:${process.startTime} ${process.path}`, process);
    lastAt = performance.now();
  };
  try {
    const events = monitor.events({ types: ["exec", "checksum"] });
    void (async () => {
      for await (const event of events) take(event);
    })();
    await monitor.start();
    const [first = "", ...rest] = programs;
    const storm = await spawnFixture("storm", [`${LIVES}`, "4", "run", first, "chain", ...rest], {
      timeoutMs: 120_000,
    });
    storm.tell();
    await storm.next();
    while (performance.now() - lastAt < QUIET_MS) await new Promise((resolve) => setTimeout(resolve, 50));
    await storm.stop();
    const executions = LIVES * EXECUTABLES;
    const ok = [...told.values()].filter(({ checksumStatus }) => checksumStatus === "ok").length;
    report(`hashing: ${executions} executions of ${EXECUTABLES} executables that end at once, with the method ebpf`, [
      { name: "have their checksum", value: (ok / executions) * 100, unit: "%", limit: { least: 100 } },
      { name: "computations, others' executables included", value: hasher.stats().threads.computed, unit: "" },
    ]);
  } finally {
    await monitor.stop();
    rmSync(folder, { recursive: true });
  }
}
