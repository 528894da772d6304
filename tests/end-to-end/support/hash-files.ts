// A hasher without a monitor, in a process of its own, which may be another user's. Its argument is `HashingOptions` as JSON. Prints one line
// of JSON when it is ready, and an answer for each line of input, a question as JSON.
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { FileIdentity } from "@procmon/core";
import { type HashingStats, hashing } from "@procmon/hashing";
import { asScript, countDescriptors, look } from "./made-up-process.ts";

/** What to hash: by this process, as if each was its executable, or its script. */
export interface FileQuestion {
  readonly executables?: readonly NamedExecutable[];
  readonly scripts?: readonly string[];
  /** Processes as they are. */
  readonly pids?: readonly number[];
}

/** Its integers come as strings. */
export interface NamedExecutable {
  readonly path: string;
  readonly identity: { readonly [Name in keyof Required<FileIdentity>]: string };
}

/** What came of it. */
export interface FileAnswer {
  /** How many have this status, and these kinds of checksums: `ok process.hash.sha256`. */
  readonly results: Readonly<Record<string, number>>;
  readonly milliseconds: number;
  /** Afterwards; once nothing more is closed. */
  readonly descriptors: number;
  /** Bytes of memory, and of objects, after the garbage was collected. */
  readonly memory: number;
  readonly heap: number;
  readonly stats: HashingStats;
}

const hasher = hashing(JSON.parse(process.argv[2] ?? "{}"));

function print(line: unknown): void {
  console.log(JSON.stringify(line, (_, value) => (typeof value === "bigint" ? String(value) : value)));
}

function processesOf({ executables = [], scripts = [], pids = [] }: FileQuestion) {
  const { realPath: _, script: __, ...self } = look(process.pid);
  return [
    ...executables.map(({ path, identity: { device, inode, size, mtime, ctime } }) => ({
      ...self,
      path,
      executable: {
        device: Number(device),
        inode: BigInt(inode),
        size: BigInt(size),
        mtime: BigInt(mtime),
        ctime: BigInt(ctime),
      },
    })),
    ...scripts.map((path) => asScript(self, path)),
    ...pids.map(look),
  ];
}

/** Descriptors are closed a little later than they are used. */
async function settledDescriptors(): Promise<number> {
  let lowest = countDescriptors();
  for (let round = 0; round < 10; round++) {
    await setTimeout(20);
    lowest = Math.min(lowest, countDescriptors());
  }
  return lowest;
}

async function answer(question: FileQuestion): Promise<FileAnswer> {
  const processes = processesOf(question);
  const start = performance.now();
  const results: Record<string, number> = {};
  for (const found of await Promise.all(processes.map((each) => hasher.hash(each)))) {
    const key = [found?.status, ...Object.keys(found?.checksums ?? {})].join(" ");
    results[key] = (results[key] ?? 0) + 1;
  }
  const milliseconds = performance.now() - start;
  const descriptors = await settledDescriptors();
  globalThis.gc?.();
  const { rss: memory, heapUsed: heap } = process.memoryUsage();
  return { results, milliseconds, descriptors, memory, heap, stats: hasher.stats() };
}

print({ pid: process.pid });
for await (const line of createInterface({ input: process.stdin })) print(await answer(JSON.parse(line)));
await hasher.stop();
