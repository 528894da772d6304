import { ProcmonError } from "@procmon/core";

/** The error of bytes that are no such message. `why` ends the sentence "This is no such message: …". */
export function invalidMessage(why: string, cause?: unknown): ProcmonError {
  return new ProcmonError({
    code: "INVALID_MESSAGE",
    message: `This is no such message: ${why}.`,
    remedy: "Check that both sides use the same schema, and that nothing cut the message.",
    cause,
  });
}
