import { ProcmonError } from "@procmon/core";

interface Explanation {
  /** In what gRPC-js 1.14, Node.js or OpenSSL say. */
  readonly sign: RegExp;
  readonly message: (address: string) => string;
  readonly remedy: string;
}

const START = "Start `procmon serve`, or give the address where it listens.";

/** The first sign that is found counts. */
const EXPLANATIONS: readonly Explanation[] = [
  { sign: /\b(ENOENT|ENOTDIR)\b/, message: (address) => `There is no socket at ${address}.`, remedy: START },
  { sign: /\bECONNREFUSED\b/, message: (address) => `Nobody serves at ${address}.`, remedy: START },
  {
    sign: /\b(EACCES|EPERM)\b/,
    message: (address) => `This user may not open ${address}.`,
    remedy: "Use it as the user who runs `procmon serve`, or as root: it is for its owner only.",
  },
  {
    sign: /Name resolution failed|ENOTFOUND|EAI_AGAIN/,
    message: (address) => `The host of ${address} has no address.`,
    remedy: "Check the name, or use an IP address.",
  },
  {
    sign: /\b(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)\b/,
    message: (address) => `${address} cannot be reached.`,
    remedy: "Check the address and the network.",
  },
  {
    sign: /ERR_TLS_CERT_ALTNAME_INVALID/,
    message: (address) => `The certificate of the service at ${address} is for another name.`,
    remedy: "Give the name that is in its certificate (serverName).",
  },
  {
    sign: /alert/,
    message: (address) => `The service at ${address} refuses the certificate of this client.`,
    remedy: "Give a certificate that is of the authority which the service trusts.",
  },
  {
    sign: /wrong version number/,
    message: (address) => `The service at ${address} speaks no TLS.`,
    remedy: "Leave the certificates out, or check the address.",
  },
  {
    sign: /certificate|CERT_/,
    message: (address) => `The certificate of the service at ${address} cannot be trusted.`,
    remedy: "Give the authority that it is of (ca).",
  },
  {
    sign: /Protocol error/,
    message: (address) => `What serves at ${address} is not gRPC.`,
    remedy: "Check the address; `procmon serve --web` is for browsers only.",
  },
  {
    sign: /Failed to connect|Socket closed/,
    message: (address) => `The service at ${address} closed the connection at once.`,
    remedy: "It may have too many clients, or want certificates, or others than these.",
  },
];

const NOT_CONNECTED = /^(No connection established|Name resolution failed)/;
/** What gRPC-js says itself of a call whose connection broke; all else is the service's own word. */
const BROKEN = /^(no answer$|Connection dropped|Call cancelled|Stream refused|read E|write E)/;

/** The error of a connection that could not be made, or was lost. What gRPC-js says of it is for those who know gRPC-js. */
export function connectionError(address: string, details: string, cause: unknown): ProcmonError {
  const found = NOT_CONNECTED.test(details) ? EXPLANATIONS.find(({ sign }) => sign.test(details)) : undefined;
  return new ProcmonError({
    code: "SERVICE_UNAVAILABLE",
    message: found?.message(address) ?? otherMessage(address, details),
    remedy: found?.remedy ?? "Check that `procmon serve` is still running, and connect again.",
    cause,
  });
}

function otherMessage(address: string, details: string): string {
  if (NOT_CONNECTED.test(details)) return `The service at ${address} cannot be reached (${details}).`;
  if (BROKEN.test(details)) return `The connection to the service at ${address} was lost.`;
  return `The service at ${address} cannot answer: ${details}`;
}
