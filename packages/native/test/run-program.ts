import { execFile } from "node:child_process";
import { join } from "node:path";

/** The programs beside this file that show how the addon lives and dies: each ends with the word `ok`. */
export const PROGRAMS = [
  "many-instances",
  "read-again",
  "close-in-callback",
  "throw-in-callback",
  "exit-while-reading",
  "unreferenced",
  "garbage",
  "workers",
  "overrun",
  "stalled",
  "text-captures",
] as const;

/** Needs the addon of `buildCaptures`, at PROCMON_TEST_CAPTURES. */
export const CAPTURE_PROGRAM = "capture-garbage";

/** Those that load BPF programs: the objects of `compileBpf` are in the folder that PROCMON_TEST_BPF names. */
export const BPF_PROGRAMS = [
  "bpf-storm",
  "bpf-overrun",
  "bpf-large-record",
  "bpf-nudge",
  "bpf-linger",
  "bpf-close-in-callback",
  "bpf-workers",
  "bpf-unreferenced",
  "bpf-garbage",
] as const;

/** How a program ended. */
export interface ProgramEnd {
  /** The exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one; it has a minute. */
export function runProgram(
  name: (typeof PROGRAMS)[number] | (typeof BPF_PROGRAMS)[number] | typeof CAPTURE_PROGRAM,
  options: { readonly folder?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ProgramEnd> {
  const file = join(
    options.folder === undefined ? import.meta.dirname : join(options.folder, "test"),
    "programs",
    `${name}.ts`,
  );
  const args = ["--expose-gc", "--no-warnings", file];
  const env = { ...process.env, ...options.env };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 60_000, killSignal: "SIGKILL" }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.signal ?? error.code ?? "failed") : 0, stdout, stderr });
    });
  });
}
