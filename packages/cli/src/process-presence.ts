import { existsSync, readdirSync } from "node:fs";
import { DEFAULT_PROCFS, hidingOption, requiredToLook } from "@procmon/core";
import type { CommandContext } from "./command-context.ts";
import { EXIT_CODE, type ExitCode } from "./exit-code.ts";

/** Whether a process is there, as far as this user may know. */
export type Presence = "visible" | "hidden" | "gone";

/** Asks the kernel by signal 0 where `/proc` shows nothing: a mount with hidepid hides processes of others. */
export function presenceOf(pid: number): Presence {
  if (existsSync(`/proc/${pid}`)) return "visible";
  try {
    process.kill(pid, 0);
    return "hidden";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "hidden" : "gone";
  }
}

/** True if the process is there, and its descriptors may not be listed. */
export function areSocketsHidden(pid: number): boolean {
  if (presenceOf(pid) === "hidden") return true;
  try {
    readdirSync(`/proc/${pid}/fd`);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

/** What hides a process, and what it would take to see it; one sentence. */
function describeHiding(pid: number): string {
  const option = hidingOption(DEFAULT_PROCFS);
  const how = option === undefined ? "may not be looked at" : `is hidden by ${option} on ${DEFAULT_PROCFS.root}`;
  return `Process ${pid} is there, but ${how}; to see it takes ${requiredToLook(DEFAULT_PROCFS)}.`;
}

/** Tells the user why a process cannot be shown. */
export function explainAbsence(pid: number, denied: boolean, context: CommandContext): ExitCode {
  if (denied || presenceOf(pid) === "hidden") {
    context.say(describeHiding(pid), "error");
    return EXIT_CODE.notAllowed;
  }
  context.say(`There is no process ${pid}.`, "error");
  return EXIT_CODE.nothingFound;
}
