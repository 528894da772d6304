import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileIdentity } from "@procmon/core";
import type { HashingOptions } from "@procmon/hashing";
import type { FileAnswer, FileQuestion, NamedExecutable } from "./hash-files.ts";

/** `hash-files.ts`, running. */
export interface HashingProcess extends AsyncDisposable {
  readonly pid: number;
  ask(question: FileQuestion): Promise<FileAnswer>;
}

/**
 * Starts it, and waits until it is ready.
 *
 * @param before a program that runs it, with arguments: `["setpriv", …]`
 */
export async function startHashingProcess(
  options: HashingOptions = {},
  before: readonly string[] = [],
): Promise<HashingProcess> {
  const program = join(import.meta.dirname, "hash-files.ts");
  const flags = ["--expose-gc", "--conditions=@procmon/source", "--wasm-wrapper-tiering-budget=1000000000"];
  const [command, ...args] = [...before, process.execPath, ...flags, program, JSON.stringify(options)];
  const child = spawn(command as string, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the hashing process ended");
    return JSON.parse(value as string);
  };
  const { pid } = (await next()) as { pid: number };
  return {
    pid,
    ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return next();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** A file as the executable that it is, to be asked for. */
export function nameExecutable(path: string): NamedExecutable {
  const { device, inode, size, mtime, ctime } = fileIdentity(statSync(path, { bigint: true }));
  const identity = { device: `${device}`, inode: `${inode}`, size: `${size}`, mtime: `${mtime}`, ctime: `${ctime}` };
  return { path, identity };
}
