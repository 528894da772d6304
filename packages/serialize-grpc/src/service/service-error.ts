import { type ErrorCode, ProcmonError } from "@procmon/core";

/** How a call ended, as gRPC and Connect number it (https://grpc.io/docs/guides/status-codes/). */
export interface ServiceStatus {
  readonly code: number;
  /** One or two sentences for the user. Valid UTF-16 of a bounded length. */
  readonly message: string;
}

/** The status codes that the service uses. */
export const STATUS: {
  readonly CANCELLED: 1;
  readonly INVALID_ARGUMENT: 3;
  readonly DEADLINE_EXCEEDED: 4;
  readonly NOT_FOUND: 5;
  readonly RESOURCE_EXHAUSTED: 8;
  readonly FAILED_PRECONDITION: 9;
  readonly INTERNAL: 13;
  readonly UNAVAILABLE: 14;
} = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  INTERNAL: 13,
  UNAVAILABLE: 14,
};

/** A status of the service's own, for which core has no code. It never leaves the service but as a status. */
export class ServiceError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ServiceError";
    this.status = status;
  }
}

const BY_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVALID_CONNECTION: STATUS.INVALID_ARGUMENT,
  INVALID_MESSAGE: STATUS.INVALID_ARGUMENT,
  INVALID_OPTION: STATUS.INVALID_ARGUMENT,
  INVALID_PID: STATUS.INVALID_ARGUMENT,
  METHOD_UNAVAILABLE: STATUS.FAILED_PRECONDITION,
  NOT_SUPPORTED: STATUS.FAILED_PRECONDITION,
  PROCFS_UNAVAILABLE: STATUS.FAILED_PRECONDITION,
  NO_METHOD: STATUS.UNAVAILABLE,
  NOT_STARTED: STATUS.UNAVAILABLE,
  SERVICE_UNAVAILABLE: STATUS.UNAVAILABLE,
  STOPPED: STATUS.UNAVAILABLE,
};

/** A status goes into a header, of which clients take some kilobytes. */
const LONGEST_MESSAGE = 1000;

/** The status that tells a client of an error. Of an error that is not Procmon's own it tells nothing: it may hold anything. */
export function statusOf(error: unknown): ServiceStatus {
  if (error instanceof ServiceError) return { code: error.status, message: clean(error.message) };
  if (ProcmonError.isInstance(error)) {
    const { code, message, remedy } = error;
    return { code: BY_CODE[code] ?? STATUS.INTERNAL, message: clean(remedy ? `${message} ${remedy}` : message) };
  }
  return { code: STATUS.INTERNAL, message: "The server failed. Its log may tell why." };
}

function clean(message: string): string {
  return message.slice(0, LONGEST_MESSAGE).replace(/\p{Surrogate}/gu, "\ufffd");
}
