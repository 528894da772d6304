import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Fixture, fixturePath } from "@procmon-internal/fixtures";
import { onTestFinished } from "vitest";
import { sumOf } from "./hashed-monitor.ts";
import { scratchFolder } from "./scratch-folder.ts";
import type { Storm } from "./storm.ts";

/** Checksums by name. */
export type Sums = ReadonlyMap<string, string>;

/** Programs that end at once, or run the next one before, each with contents of its own. */
export function makePrograms(folder: string, names: readonly string[]): Sums {
  mkdirSync(folder, { recursive: true });
  const sums = new Map<string, string>();
  for (const name of names) {
    const path = join(folder, name);
    copyFileSync(fixturePath("short-life"), path);
    appendFileSync(path, `${name} in ${folder}`);
    sums.set(name, sumOf(path));
  }
  return sums;
}

/** Arguments of `storm`: each of `lives` processes runs all these programs, one after the other. */
export function chainOf(lives: number, folder: string, sums: Sums): readonly string[] {
  const [first = "", ...rest] = [...sums.keys()].map((name) => join(folder, name));
  return [`${lives}`, "4", "run", first, "chain", ...rest];
}

/** Makes one storm, and gives the pids; the program that made it lives on. */
export async function blow(storm: Fixture<Storm>): Promise<readonly number[]> {
  storm.tell();
  return (await storm.next()).pids;
}

/** What is mounted somewhere, and the programs that are there then. */
export interface Mounted {
  readonly folder: string;
  /** Commands of sh(1) that mount it. */
  readonly mounts: string;
  readonly sums: Sums;
}

/** An overlay of two file systems, as containers have it, with programs from each of its layers. */
export function makeOverlay(): Mounted {
  const [disk, memory] = [scratchFolder(), memoryFolder()];
  const sums = new Map([
    ...makePrograms(join(disk, "lower"), ["on-disk", "hidden"]),
    ...makePrograms(join(memory, "lower"), ["in-memory"]),
    ...makePrograms(join(memory, "top"), ["hidden"]),
    ...makePrograms(join(memory, "upper"), ["written"]),
  ]);
  for (const name of ["work", "merged"]) mkdirSync(join(memory, name));
  const layers = `lowerdir=${memory}/top:${memory}/lower:${disk}/lower,upperdir=${memory}/upper,workdir=${memory}/work`;
  const folder = join(memory, "merged");
  return { folder, mounts: `mount -t overlay overlay -o ${layers} ${folder}`, sums };
}

/** A folder on another file system than the usual one, removed after the test. */
export function memoryFolder(): string {
  const folder = mkdtempSync("/dev/shm/procmon-test-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
