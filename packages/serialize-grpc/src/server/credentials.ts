import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import { ProcmonError } from "@procmon/core";
import type { ServerTls } from "./listen-rules.ts";

/**
 * What a gRPC server proves itself with. With TLS (1.2 or later) it talks to none but clients whose certificate is of the authority.
 *
 * @throws ProcmonError `INVALID_OPTION` for files that are no certificates, or a key of another one.
 */
export function serverCredentials(tls: ServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  checkTls(tls);
  const { cert, key, ca } = tls;
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  return ServerCredentials.createSsl(Buffer.from(ca), [pair], true);
}

/** Node.js passes over an authority that is in another form. */
const PEM = "-----BEGIN CERTIFICATE-----";

/**
 * Checks that certificates and key are such and belong together. An authority that is missing or none would let in nobody, or anybody with a
 * certificate that the system trusts.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function checkTls({ cert, key, ca }: ServerTls): void {
  for (const [name, pem] of [
    ["certificate", cert],
    ["authority", ca],
  ] as const) {
    try {
      if (!pem.includes(PEM)) throw new Error("no PEM");
      new X509Certificate(pem);
    } catch (cause) {
      throw invalid(`The ${name} is no certificate in PEM.`, cause);
    }
  }
  try {
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) throw new Error("the key of another one");
    createSecureContext({ cert, key, ca });
  } catch (cause) {
    throw invalid("The key is none in PEM, or not that of the certificate.", cause);
  }
}

function invalid(message: string, cause: unknown): ProcmonError {
  return new ProcmonError({
    code: "INVALID_OPTION",
    message,
    remedy: "Give the server's certificate, its key, and the certificate of the authority of the clients, all in PEM.",
    cause,
  });
}
