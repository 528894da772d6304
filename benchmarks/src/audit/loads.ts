import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fixturePath } from "@procmon-internal/fixtures";
import { type LineProcess, startLineProcess } from "../line-process.ts";
import { PROGRAM } from "../process-storm.ts";
import { sized } from "../size.ts";

/** The user who makes all loads: rules about tasks can be about this one alone. */
export const LOAD_UID = 54_322;

/** What is done over and over, and how often. */
export interface Load {
  readonly name: string;
  readonly count: number;
  readonly command: readonly string[];
}

/** The loads, and the folder of their program. */
export interface Loads extends Disposable {
  readonly all: readonly Load[];
}

/** Compiles what is needed. */
export function makeLoads(): Loads {
  // Not under a directory of root's own: another user runs it.
  const folder = mkdtempSync("/tmp/procmon-bench-");
  execFileSync("chmod", ["755", folder]);
  const calls = join(folder, "call-storm");
  execFileSync("cc", ["-O2", "-o", calls, fileURLToPath(new URL("../../c/call-storm.c", import.meta.url))]);
  const copy = (name: "storm" | "connection-storm"): string => {
    execFileSync("cp", [fixturePath(name), folder]);
    return join(folder, name);
  };
  const load = (name: string, count: number, command: (count: string) => readonly string[]): Load => {
    return { name, count, command: command(String(count)) };
  };
  return {
    all: [
      load("fork, exec, exit", sized(400), (count) => [copy("storm"), count, "1", "run", PROGRAM]),
      load("socket, connect, accept, close", sized(4000), (count) => [copy("connection-storm"), count]),
      load("sendto, with an address", sized(20_000), (count) => [calls, "sendto", count]),
      load("send, connected", sized(20_000), (count) => [calls, "send", count]),
      load("getppid", sized(1_000_000), (count) => [calls, "getppid", count]),
    ],
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

/** Nanoseconds for one of what a load does, by a process that was made just now: whether the kernel audits a task is decided when it is made. */
export async function timeLoad({ command, count }: Load): Promise<number> {
  const maker = await startAsUser(command);
  // Once to get warm.
  maker.tell("");
  await maker.next();
  maker.tell("");
  const { wallNs } = await maker.next<{ wallNs: number }>();
  await maker.ended();
  return wallNs / count;
}

/** The shell has the user's id before it makes the process. */
function startAsUser(command: readonly string[]): Promise<LineProcess> {
  const shell = ["/bin/sh", "-c", '"$@"; exit $?', "sh", ...command];
  const ids = [`--reuid=${LOAD_UID}`, `--regid=${LOAD_UID}`, "--clear-groups"];
  return startLineProcess(["setpriv", ...ids, ...shell], "/");
}
