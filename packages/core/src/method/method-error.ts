import type { ErrorCode } from "../errors/error-codes.ts";
import { ProcmonError } from "../errors/procmon-error.ts";

/** Longer messages of others are cut. */
const LONGEST = 500;

/** Why something failed, in words: whatever was thrown, this never throws. */
export function reasonOf(thrown: unknown): string {
  try {
    const text = thrown instanceof Error || ProcmonError.isInstance(thrown) ? thrown.message : String(thrown);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text || "no reason was given";
  } catch {
    return "no reason was given";
  }
}

/** An error of our own as it is, anything else as the cause of one with this code. `what` says what failed, without a full stop. */
export function asProcmonError(thrown: unknown, code: ErrorCode, what: string): ProcmonError {
  if (ProcmonError.isInstance(thrown)) return thrown;
  return new ProcmonError({ code, message: `${what}: ${reasonOf(thrown)}`, cause: thrown });
}
