import type { ErrorCode } from "./error-codes.ts";

const MARKER: unique symbol = Symbol.for("procmon.error") as never;

/** What a {@link ProcmonError} is made of. */
export interface ProcmonErrorOptions {
  readonly code: ErrorCode;
  /** What went wrong, in one sentence. */
  readonly message: string;
  /** What the user can do about it, in one sentence. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The one error class of Procmon. Tell errors apart by `code`, never by class or message.
 *
 * @example
 * if (ProcmonError.isInstance(error) && error.code === "METHOD_NOT_INSTALLED") …
 */
export class ProcmonError extends Error {
  readonly code: ErrorCode;
  /** What the user can do about it. */
  readonly remedy: string | undefined;

  constructor(options: ProcmonErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ProcmonError";
    this.code = options.code;
    this.remedy = options.remedy;
    Object.defineProperty(this, MARKER, { value: true });
  }

  /** Like `instanceof`, but also true for an error of a second installed copy of this package. */
  static isInstance(error: unknown): error is ProcmonError {
    return typeof error === "object" && error !== null && MARKER in error;
  }
}
