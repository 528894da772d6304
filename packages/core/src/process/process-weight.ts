import type { Process } from "./process.ts";

/** What the fields of fixed size take, about. */
const FIXED = 1024;
/** Most of its numbers are BigInts. */
const EXECUTABLE = 160;
const PER_ARGUMENT = 24;
const PER_VARIABLE = 64;
const PER_ANCESTOR = 96;
const PER_CHARACTER = 2;

/** What is left of the arguments of a clipped process, in characters and in number. */
const CLIPPED_CHARACTERS = 4096;
const CLIPPED_ARGUMENTS = 64;
/** A tree that weighs more is left out of a clipped process. */
const CLIPPED_TREE = 16 * 1024;

/** How many bytes a process takes in memory: an estimate, rather too high. */
export function processWeight(process: Process): number {
  let characters = 0;
  for (const text of [process.path, process.realPath, process.root, process.cwd, process.cgroup]) {
    characters += text?.length ?? 0;
  }
  characters += process.script?.path.length ?? 0;
  const fixed = FIXED + (process.executable === undefined ? 0 : EXECUTABLE);
  return fixed + characters * PER_CHARACTER + argsWeight(process) + envWeight(process) + treeWeight(process);
}

/**
 * The same process without what is large: its arguments are cut, which `argsTruncated` and `argsTotal` tell; its environment, and a
 * tree of very long paths, are left out. Gives the process itself where nothing is large.
 */
export function clipProcess(process: Process): Process {
  const { args } = process;
  const isLongTree = treeWeight(process) > CLIPPED_TREE;
  const kept = args === undefined ? undefined : clipArgs(args);
  if (kept === args && process.env === undefined && !isLongTree) return process;
  const { env: _, tree, ...rest } = process;
  const clipped: Process = isLongTree || tree === undefined ? rest : { ...rest, tree };
  if (args === undefined || kept === undefined || kept === args) return clipped;
  // Of arguments that had been cut without being counted, the number is not known.
  const total = process.argsTruncated ? process.argsTotal : args.length;
  return { ...clipped, args: kept, argsTruncated: true, ...(total === undefined ? {} : { argsTotal: total }) };
}

function clipArgs(args: readonly string[]): readonly string[] {
  let characters = 0;
  let count = 0;
  while (count < args.length && count < CLIPPED_ARGUMENTS && characters <= CLIPPED_CHARACTERS) {
    characters += args[count++]?.length ?? 0;
  }
  if (count === args.length && characters <= CLIPPED_CHARACTERS) return args;
  const kept = args.slice(0, count);
  const over = characters - CLIPPED_CHARACTERS;
  if (over > 0) kept[count - 1] = copyOf(kept[count - 1]?.slice(0, -over) ?? "");
  return kept.map(copyOf);
}

/** A part of a long string keeps the whole of it in memory (V8's sliced strings); a copy by way of its bytes does not. */
function copyOf(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

function argsWeight({ args }: Process): number {
  let weight = 0;
  for (const arg of args ?? []) weight += PER_ARGUMENT + arg.length * PER_CHARACTER;
  return weight;
}

function envWeight({ env }: Process): number {
  let weight = 0;
  for (const name in env) weight += PER_VARIABLE + (name.length + (env[name]?.length ?? 0)) * PER_CHARACTER;
  return weight;
}

function treeWeight({ tree }: Process): number {
  let weight = 0;
  for (const { path } of tree ?? []) weight += PER_ANCESTOR + (path?.length ?? 0) * PER_CHARACTER;
  return weight;
}
