import { appendFileSync, copyFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fixturePath, spawnFixture } from "@procmon-internal/fixtures";
import { type HashedMonitor, sumOf } from "./hashed-monitor.ts";
import { scratchFolder } from "./scratch-folder.ts";
import type { Storm } from "./storm.ts";
import { allTold } from "./told-checksums.ts";

/**
 * How one program takes the other's place:
 * - `link`: a symbolic link leads to the other.
 * - `file`: a new file, which may have the inode of one that was there before.
 */
export type Swap = "link" | "file";

/** `odd-process` without a mode. */
const NO_MODE = 2;
/** A new file is the one that was executed only where it is not too new. */
const SWAP_MS: Readonly<Record<Swap, number>> = { link: 2, file: 50 };

/**
 * Runs one path `count` times, where there is now one program, now another. A child tells by its exit code which one it was. Gives how many there are of
 * each status; `wrong` of those that are `ok` with the checksum of the other, `untold` where nothing was told.
 */
export async function runSwapped(
  hashed: HashedMonitor,
  count: number,
  how: Swap,
): Promise<Readonly<Record<string, number>>> {
  const folder = scratchFolder();
  const programs = (["short-life", "odd-process"] as const).map((name) => {
    const path = join(folder, name);
    copyFileSync(fixturePath(name), path);
    appendFileSync(path, folder);
    return path;
  });
  const [byNumber, byMode] = programs.map((path) => sumOf(path));
  const path = join(folder, "program");
  let turn = 0;
  const swap = () => {
    const program = programs[turn++ % 2] as string;
    if (how === "link") symlinkSync(program, `${path}.new`);
    else copyFileSync(program, `${path}.new`);
    renameSync(`${path}.new`, path);
  };
  swap();
  // Times of files are behind the clock.
  await sleep(40);
  await using storm = await spawnFixture<Storm>("storm", [`${count}`, "2", "run", path]);
  const swapping = setInterval(swap, SWAP_MS[how]);
  storm.tell();
  const { pids, statuses } = await storm.next().finally(() => clearInterval(swapping));
  // Between fork and exec, each runs what its parent does.
  const images = (await allTold(hashed, pids)).filter((process) => process.path?.startsWith(`${folder}/`));
  const told = new Map(images.map((process) => [process.pid, process]));
  const results: Record<string, number> = {};
  for (const [number, pid] of pids.entries()) {
    // Both would end so.
    if ((number & 255) === NO_MODE) continue;
    const sum = (statuses[number] ?? 0) >> 8 === NO_MODE ? byMode : byNumber;
    const { checksumStatus = "untold", checksums } = told.get(pid) ?? {};
    const isWrong = checksumStatus === "ok" && checksums?.["process.hash.sha256"] !== sum;
    const result = isWrong ? "wrong" : checksumStatus;
    results[result] = (results[result] ?? 0) + 1;
  }
  return results;
}
