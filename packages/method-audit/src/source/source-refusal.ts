import { ProcmonError } from "@procmon/core";
import type { AuditSourceKind } from "./audit-source.ts";

/** Why a source cannot be had. */
export interface SourceRefusal {
  /** One sentence. */
  readonly reason: string;
  /** What the user can do about it, in one sentence. */
  readonly remedy?: string | undefined;
  /** Trying again later is of no use. */
  readonly isFinal?: true;
}

/** One of which it is known what to do about it. */
export interface ExplainedRefusal extends SourceRefusal {
  readonly remedy: string;
}

/** The error of a refusal. */
export function sourceUnavailable({ reason, remedy }: SourceRefusal): ProcmonError {
  return new ProcmonError({ code: "METHOD_UNAVAILABLE", message: reason, remedy });
}

/** A source that was tried in vain. */
export interface TriedSource extends SourceRefusal {
  readonly kind: AuditSourceKind;
}

/** The error where none of several can be had: each with its reason, and the remedy of the first that has one. */
export function noSource(tried: readonly TriedSource[]): ProcmonError {
  const reasons = tried.map(({ kind, reason }) => `${kind}: ${reason}`).join(" ");
  const remedy = tried.find((each) => each.remedy !== undefined)?.remedy;
  return new ProcmonError({
    code: "METHOD_UNAVAILABLE",
    message: `Audit records cannot be had from any source. ${reasons}`,
    remedy,
  });
}

/** What an error says of why something is not to be had. */
export function refusalOf(error: unknown): SourceRefusal {
  const reason = error instanceof Error ? error.message : String(error);
  return ProcmonError.isInstance(error) ? { reason, remedy: error.remedy } : { reason };
}
