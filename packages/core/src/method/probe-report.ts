/** One thing that a method needs or makes use of. */
export interface ProbeCheck {
  /** A stable name, for example `ptrace-capability`. */
  readonly name: string;
  /** `unknown` could not be tested, and must not be remembered. */
  readonly result: "available" | "unavailable" | "unknown";
  /** True if the method cannot run without it. */
  readonly required: boolean;
  /** What was found, in one sentence. */
  readonly detail: string;
  /** What is lost without it, where the result is not `available`. */
  readonly cost?: string;
  /** What the user can do about it: a command, or a sentence. */
  readonly remedy?: string;
}

/** Can a method run here? */
export interface ProbeReport {
  /** `unavailable` if a required check is, `unknown` if a required check is unknown. */
  readonly result: "available" | "unavailable" | "unknown";
  readonly checks: readonly ProbeCheck[];
}

/** Makes the report from its checks. */
export function probeReport(checks: readonly ProbeCheck[]): ProbeReport {
  const required = checks.filter((check) => check.required);
  const worst =
    required.find((check) => check.result === "unavailable") ?? required.find((check) => check.result === "unknown");
  return { result: worst?.result ?? "available", checks };
}
