import { type ServiceError, status } from "@grpc/grpc-js";
import { ProcmonError } from "@procmon/core";

/** What the other side says may be anything of any length. */
const LONGEST_DETAILS = 300;

/** True for an error of a gRPC call that has this status. */
export function hasStatus(error: unknown, ...codes: readonly status[]): boolean {
  const { code } = (error ?? {}) as Partial<ServiceError>;
  return typeof code === "number" && codes.includes(code);
}

/** True where the other side is gone, or does not answer: it may take one request as little as the next. */
export function isNotThere(error: unknown): boolean {
  return hasStatus(error, status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED);
}

/** Tells in words for the user why there is no connection to the UI at `address`. Never throws. */
export function uiError(address: string, cause: unknown): ProcmonError {
  if (ProcmonError.isInstance(cause) && cause.code === "SERVICE_UNAVAILABLE") return cause;
  const details = detailsOf(cause);
  const unavailable = (message: string, remedy: string): ProcmonError =>
    new ProcmonError({ code: "SERVICE_UNAVAILABLE", message, remedy, cause });

  if (ProcmonError.isInstance(cause) || hasStatus(cause, status.UNIMPLEMENTED)) {
    return unavailable(
      `What answers at ${address} is no OpenSnitch UI.`,
      "Give the address that opensnitch-ui has as its --socket.",
    );
  }
  if (hasStatus(cause, status.DEADLINE_EXCEEDED)) {
    return unavailable(
      `What listens at ${address} does not answer.`,
      "If it is opensnitch-ui and hangs, start it anew.",
    );
  }
  if (/EACCES|EPERM/.test(details)) {
    return unavailable(
      `The socket ${address} may not be opened: permission denied.`,
      "Run this as the user who runs opensnitch-ui, or as root.",
    );
  }
  if (/ENOENT|ECONNREFUSED/.test(details)) {
    return unavailable(`No OpenSnitch UI runs at ${address}.`, `Start opensnitch-ui with --socket ${address}.`);
  }
  if (/certificate|TLS|SSL|altname/i.test(details)) {
    return unavailable(
      `With what listens at ${address} no TLS connection can be made: ${details}`,
      "Check that tls.ca has signed the UI's certificate, and that this one is of the address or of tls.serverName.",
    );
  }
  return unavailable(
    `The connection to the OpenSnitch UI at ${address} is broken: ${details}`,
    "If this goes on, look at what opensnitch-ui itself prints.",
  );
}

/** The UI has ended the connection, without an error. */
export function uiHasLeft(address: string): ProcmonError {
  return new ProcmonError({
    code: "SERVICE_UNAVAILABLE",
    message: `The OpenSnitch UI at ${address} has ended the connection.`,
    remedy: "If it was closed, start it again.",
  });
}

function detailsOf(cause: unknown): string {
  const { details, message } = (cause ?? {}) as { details?: unknown; message?: unknown };
  const text = String(details || message || cause).slice(0, LONGEST_DETAILS);
  return text.replace(/\p{C}/gu, "\ufffd");
}
