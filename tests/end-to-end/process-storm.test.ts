import { chmodSync, copyFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeBytes, type Monitor } from "@procmon/core";
import { fixturePath } from "@procmon-internal/fixtures";
import { describe, expect, test } from "vitest";
import { countWhole, faultsOfChild, findFaults, type Image } from "./support/check-storm.ts";
import { expectConnector } from "./support/connector.ts";
import { type EventRecord, recordEvents } from "./support/event-record.ts";
import { needs } from "./support/needs.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { startMonitor } from "./support/start-monitor.ts";
import { makeStorm, type Storm } from "./support/storm.ts";

needs("root", "cc");

/** Makes a storm while a monitor watches, and waits until all of it is told. */
async function watchStorm(
  make: () => Promise<Storm>,
): Promise<{ storm: Storm; record: EventRecord; monitor: Monitor }> {
  const monitor = await startMonitor();
  const record = recordEvents(monitor);
  try {
    const storm = await make();
    await record.caughtUp();
    expectConnector(monitor);
    expect(record.lost).toEqual([]);
    return { storm, record, monitor };
  } finally {
    await monitor.stop();
  }
}

/** The program that makes the storm, as a child is forked with it. */
function maker(...args: readonly (string | number)[]): Image {
  const path = fixturePath("storm");
  return { path, args: [path, ...args.map(String)] };
}

function copyOf(name: string | Buffer): Buffer {
  const path = Buffer.concat([Buffer.from(`${scratchFolder()}/`), Buffer.from(name)]);
  copyFileSync(fixturePath("short-life"), path);
  return path;
}

const hex = (bytes: Buffer) => `hex:${bytes.toString("hex")}`;

describe("every fork, exec and exit is told once, with the right image or none", () => {
  test.each([
    [1, "run"],
    [8, "run"],
    [1, "vfork"],
    [8, "vfork"],
    [1, "spawn"],
  ])("of small programs, %i at once, by %s", async (jobs, way) => {
    const program = fixturePath("short-life");
    const args = [2000, jobs, way, program, "some", "words"] as const;
    const { storm, record } = await watchStorm(() => makeStorm("storm", args));
    const images = (number: number) => [
      maker(...args),
      { path: program, args: [program, "some", "words", `${number}`] },
    ];
    expect(findFaults(record, storm, images)).toEqual([]);
    // Where none could be read in time, nothing would have been compared.
    expect(countWhole(record, storm)).toBeGreaterThan(0);
  });

  test("of a program with shared libraries", async () => {
    const args = [2000, 1, "run", "/bin/true"] as const;
    const { storm, record } = await watchStorm(() => makeStorm("storm", args));
    const path = realpathSync("/bin/true");
    expect(findFaults(record, storm, (number) => [maker(...args), { path, args: ["/bin/true", `${number}`] }])).toEqual(
      [],
    );
    expect(countWhole(record, storm)).toBeGreaterThan(0);
  });

  test("of children that run nothing", async () => {
    const args = [2000, 2, "fork"] as const;
    const { storm, record } = await watchStorm(() => makeStorm("storm", args));
    expect(findFaults(record, storm, () => [maker(...args)])).toEqual([]);
  });

  test("of children whose exec fails", async () => {
    const args = [200, 1, "run", "/nothing/is/here"] as const;
    const { storm, record } = await watchStorm(() => makeStorm("storm", args));
    expect(storm.statuses[0]).toBe(127 << 8);
    expect(findFaults(record, storm, () => [maker(...args)])).toEqual([]);
  });

  test("of several images in one process, one right after the other", async () => {
    const [first, second, third] = ["first", "second", "third"].map((name) => copyOf(name).toString()) as [
      string,
      string,
      string,
    ];
    const args = [1000, 2, "run", first, "chain", second, third] as const;
    const { storm, record } = await watchStorm(() => makeStorm("storm", args));
    expect(storm.statuses[1]).toBe(1 << 8);
    const images = (number: number) => [
      maker(...args),
      { path: first, args: [first, "chain", second, third, `${number}`] },
      { path: second, args: [second, "chain", third, `${number}`] },
      { path: third, args: [third, "chain", `${number}`] },
    ];
    expect(findFaults(record, storm, images)).toEqual([]);
    expect(countWhole(record, storm)).toBeGreaterThan(0);
  });

  test("of scripts: the path is the interpreter's", async () => {
    const script = join(scratchFolder(), "script");
    writeFileSync(script, "#!/bin/sh\n");
    chmodSync(script, 0o755);
    const args = [300, 1, "run", script] as const;
    const { storm, record } = await watchStorm(() => makeStorm("storm", args));
    const path = realpathSync("/bin/sh");
    const faults = findFaults(record, storm, (number) => [
      maker(...args),
      { path, args: ["/bin/sh", script, `${number}`] },
    ]);
    // The name is the script's.
    expect(faults.filter((fault) => !fault.includes('name "script"'))).toEqual([]);
    expect(countWhole(record, storm)).toBeGreaterThan(0);
  });

  test("of programs that a signal ends", async () => {
    const program = fixturePath("short-life");
    const args = [200, 1, "run", program, "signal"] as const;
    // Some of them leave a core in their folder.
    const folder = scratchFolder();
    const { storm, record } = await watchStorm(() => makeStorm("storm", args, folder));
    expect(new Set(storm.statuses.map((status) => status & 0x7f))).toEqual(new Set([9, 15, 6, 11, 10]));
    const images = (number: number) => [maker(...args), { path: program, args: [program, "signal", `${number}`] }];
    expect(findFaults(record, storm, images)).toEqual([]);
  });

  test("of programs with hostile names and arguments", async () => {
    const path = copyOf(Buffer.from("a\n\x1b[2J) R 1 (\xff\xc3(", "latin1"));
    const argument = Buffer.from("\n\x1b]0;x\x07\xfe\xff ", "latin1");
    const args = [300, 1, "run", hex(path), hex(argument), hex(Buffer.alloc(0))] as const;
    const { storm, record } = await watchStorm(() => makeStorm("storm", args));
    const name = decodeBytes(path);
    const images = (number: number) => [
      maker(...args),
      { path: name, args: [name, decodeBytes(argument), "", `${number}`] },
    ];
    expect(findFaults(record, storm, images)).toEqual([]);
    expect(countWhole(record, storm)).toBeGreaterThan(0);
  });
});

test("a pid that is used again at once: each process has its own events", async () => {
  const program = fixturePath("short-life");
  const args = [300, 1, "reuse", program] as const;
  const { storm, record } = await watchStorm(() => makeStorm("storm", args));
  expect(new Set(storm.pids).size).toBe(1);
  const events = record.of(storm.pids[0] as number);
  expect(events).toHaveLength(3 * storm.pids.length);
  const faults = storm.pids.flatMap((_, number) =>
    faultsOfChild(
      events.slice(3 * number, 3 * number + 3),
      [maker(...args), { path: program, args: [program, `${number}`] }],
      storm.statuses[number] ?? -1,
      storm.pid,
    ).map((fault) => `child ${number}: ${fault}`),
  );
  expect(faults).toEqual([]);
});
