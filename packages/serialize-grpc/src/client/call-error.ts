import { status } from "@grpc/grpc-js";
import { type ErrorCode, ProcmonError } from "@procmon/core";
import { connectionError } from "./connection-error.ts";

/** The five calls of procmon.v1.Procmon. */
export type MethodName = "Watch" | "FindOwner" | "FindProcess" | "Snapshot" | "Stats";

/** How a call ended, as gRPC tells it. */
export interface CallOutcome {
  readonly code: number;
  readonly details: string;
}

/** What an argument that the service refuses is called by core. */
const INVALID_ARGUMENT: Readonly<Partial<Record<MethodName, ErrorCode>>> = {
  FindOwner: "INVALID_CONNECTION",
  FindProcess: "INVALID_PID",
};
/** Of a text that came from the service, and may be anything: it must not steer the terminal either that it is printed on. */
const LONGEST_DETAILS = 1000;

/** The error of a call that failed. `outcome` is undefined where nobody knows how it ended. */
export function callError(method: MethodName, address: string, outcome: CallOutcome | undefined): ProcmonError {
  const details = outcome?.details.slice(0, LONGEST_DETAILS).replace(/\p{C}/gu, "\ufffd") ?? "no answer";
  const error = (code: ErrorCode, message: string, remedy?: string) =>
    new ProcmonError({ code, message, remedy, cause: outcome });

  switch (outcome?.code) {
    case status.INVALID_ARGUMENT:
      return error(INVALID_ARGUMENT[method] ?? "INVALID_OPTION", details);
    case status.FAILED_PRECONDITION:
      return error("NOT_SUPPORTED", details);
    case status.DEADLINE_EXCEEDED:
      return error(
        "SERVICE_UNAVAILABLE",
        `The service at ${address} did not answer in time.`,
        "Check that it is well, or give it more time (timeoutMs).",
      );
    case status.RESOURCE_EXHAUSTED:
      if (details.startsWith("Received message larger than max")) {
        return error(
          "INVALID_MESSAGE",
          `The service at ${address} sent too large a message.`,
          "Check what serves there.",
        );
      }
      return error("SERVICE_UNAVAILABLE", `The service at ${address} refuses: ${details}`, "Try again later.");
    case status.UNIMPLEMENTED:
      return error(
        "SERVICE_UNAVAILABLE",
        `The service at ${address} does not know ${method}.`,
        "Check that it is `procmon serve`, and not older than this client.",
      );
    case status.PERMISSION_DENIED:
    case status.UNAUTHENTICATED:
      return error(
        "SERVICE_UNAVAILABLE",
        `The service at ${address} does not allow it: ${details}`,
        "Use a certificate that it accepts.",
      );
    case status.UNAVAILABLE:
    case status.CANCELLED:
    case undefined:
      return connectionError(address, details, outcome);
    default:
      return error("SERVICE_UNAVAILABLE", `The service at ${address} failed: ${details}`, "Look at what it reports.");
  }
}
