import type { Logger } from "@procmon/core";
import type { CommandContext } from "../command-context.ts";

/** What the service and the link have to tell goes to standard error, with the reason where there is one. */
export function serviceLog({ say }: Pick<CommandContext, "say">): Logger {
  return {
    debug: () => undefined,
    info: (message, details) => say(withReason(message, details)),
    warn: (message, details) => say(withReason(message, details), "warning"),
    error: (message, details) => say(withReason(message, details), "error"),
  };
}

function withReason(message: string, details: Readonly<Record<string, unknown>> = {}): string {
  const { error, cause = error } = details;
  if (cause === undefined) return message;
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\s*\n\s*/g, " ");
  return message.includes(reason) ? message : `${message} ${reason}`;
}
