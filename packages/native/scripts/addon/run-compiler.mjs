import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const PACKAGE = join(import.meta.dirname, "..", "..");

/** More at a time would only wait for each other. */
let free = availableParallelism();
const waiting = [];

/** Runs a compiler or linker in the package's folder, when a processor is free for it. @throws Error with what it said */
export async function runCompiler(command, args) {
  if (free === 0) await new Promise((resolve) => waiting.push(resolve));
  else free--;
  try {
    await promisify(execFile)(command, args, { cwd: PACKAGE });
  } catch (error) {
    throw new Error(error.stderr || error.message);
  } finally {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }
}
