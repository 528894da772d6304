import { ProcmonError } from "@procmon/core";
import { EXIT_CODE, type ExitCode } from "./exit-code.ts";

/** What to tell the user of an error, and the exit code. */
export interface Explanation {
  readonly sentence: string;
  readonly exitCode: ExitCode;
}

function exitCodeOf(error: ProcmonError): ExitCode {
  switch (error.code) {
    case "INVALID_CONNECTION":
    case "INVALID_PID":
    case "INVALID_OPTION":
      return EXIT_CODE.usage;
    case "METHOD_NOT_INSTALLED":
    case "METHOD_INVALID":
    case "METHOD_SPEC_UNSUPPORTED":
    case "METHOD_UNAVAILABLE":
    case "METHOD_FAILED":
    case "NO_METHOD":
    case "PLUGIN_INVALID":
    case "NOT_SUPPORTED":
    case "PROCFS_UNAVAILABLE":
      return EXIT_CODE.methodUnavailable;
    case "SERVICE_UNAVAILABLE":
      return EXIT_CODE.serviceUnavailable;
    default:
      return EXIT_CODE.internal;
  }
}

/** A remedy is a sentence or a command to type. */
function asSentence(remedy: string): string {
  return /^[A-Z]/.test(remedy) ? remedy : `Try: ${remedy}`;
}

/** Puts an error into words: one line, never a stack trace. */
export function explainError(error: unknown): Explanation {
  if (ProcmonError.isInstance(error)) {
    const remedy = error.remedy === undefined ? "" : ` ${asSentence(error.remedy)}`;
    return { sentence: `${error.message}${remedy}`.replace(/\s*\n\s*/g, " "), exitCode: exitCodeOf(error) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    sentence: `Something went wrong inside Procmon: ${message.replace(/\s*\n\s*/g, " ")} (PROCMON_DEBUG=1 shows where.)`,
    exitCode: EXIT_CODE.internal,
  };
}
