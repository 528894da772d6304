import { type Process, processKey } from "@procmon/core";
import { fileKey } from "../files/file-key.ts";

/** One text for one executable, and one script, that one process runs; another one after an exec. */
export function imageKey(process: Process): string {
  const { path, script, executable } = process;
  const file = executable === undefined ? "" : (fileKey(executable) ?? `${executable.device}:${executable.inode}`);
  return `${processKey(process)} ${file} ${path} ${script?.path ?? ""}`;
}
