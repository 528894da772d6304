import { getSystemErrorMap } from "node:util";
import { NativeError } from "../native-error.ts";

/** How much of a verifier's log is kept: its end tells what was wrong. */
const LOG_BYTES = 2048;

/** What the addon says was being done where an object, or a map of one, is not open any more. */
const CLOSED = "bpf";

/** Does what the addon does with BPF, whose errors carry an errno, what was being done, and what libbpf said. @throws NativeError */
export function callBpf<T>(call: () => T, subject?: string): T {
  try {
    return call();
  } catch (error) {
    throw bpfError(error, subject);
  }
}

/** The NativeError for an error of the addon; any other error as it is. */
export function bpfError(error: unknown, subject?: string): unknown {
  const { code, message, said = "" } = error as { code?: unknown; message?: unknown; said?: unknown };
  if (typeof code !== "string" || !/^\d+$/.test(code)) return error;
  return describeFailure(Number(code), String(message), String(said), subject);
}

/** Says in words what failed. */
export function describeFailure(errno: number, what: string, said: string, subject?: string): NativeError {
  const [code, words] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, "unknown error"];
  // The kernel has the same errno for a descriptor of something else.
  if (code === "EBADF" && what === CLOSED) return new NativeError(code, "The BPF object is closed.");
  const { program, log } = refusedProgram(said);
  const who = program ?? subject;
  const about = who === undefined ? "" : ` of ${who}`;
  // libbpf explains a lack of privileges by a limit that has nothing to do with it.
  const reason = code === "EPERM" ? "" : firstLine(said);
  return new NativeError(code, `bpf ${what}${about} failed: ${words} (${code}).${reason}`, what, { program: who, log });
}

/** libbpf's first line is nearest to the cause, where it does not try again. What the verifier says is told apart. */
function firstLine(said: string): string {
  const lines = said.match(/^libbpf: .*$/gm) ?? [];
  const line = lines.find((text) => !/Retrying without/.test(text));
  return line === undefined || /BPF program load failed/.test(line) ? "" : line.replace(/^libbpf:/, "");
}

/** Which program the kernel has refused, and the end of what the verifier said of it. */
function refusedProgram(said: string): { readonly program: string | undefined; readonly log: string | undefined } {
  const program = /^libbpf: prog '(.+)': (?:failed to load|BPF program load failed)/m.exec(said)?.[1];
  const end = said.lastIndexOf("-- END PROG LOAD LOG --");
  if (end < 0) return { program, log: undefined };
  const mark = "-- BEGIN PROG LOAD LOG --\n";
  const begin = said.lastIndexOf(mark, end);
  const log = said.slice(begin < 0 ? 0 : begin + mark.length, said.lastIndexOf("\n", end) + 1);
  return { program, log: log.slice(-LOG_BYTES).trimEnd() };
}
