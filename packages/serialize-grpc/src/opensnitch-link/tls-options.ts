import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { ProcmonError } from "@procmon/core";

/** Certificates in PEM. */
export interface LinkTls {
  /** Who may have signed the UI's certificate. @default those that Node.js trusts */
  readonly ca?: string | Buffer;
  /** This host's own, where the UI asks for one; together with `key`. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name that the UI's certificate must have. @default the host of the address */
  readonly serverName?: string;
}

/** Checks that certificates and key are such, and belong together. @throws ProcmonError `INVALID_OPTION` */
export function checkLinkTls(tls: LinkTls): void {
  if (typeof tls !== "object" || tls === null) throw invalid("tls must be an object.");
  const { ca, cert, key, serverName } = tls;
  if (serverName !== undefined && (typeof serverName !== "string" || serverName === "")) {
    throw invalid("tls.serverName must be a name or an IP address.");
  }
  if ((cert === undefined) !== (key === undefined))
    throw invalid("Of this host's certificate and its key one is missing.");
  for (const pem of [ca, cert]) {
    try {
      // Node.js passes over an authority that is none.
      if (pem !== undefined) new X509Certificate(pem);
    } catch (cause) {
      throw invalid("A certificate for the connection to OpenSnitch's UI is none in PEM.", cause);
    }
  }
  try {
    createSecureContext({ ca, cert, key });
  } catch (cause) {
    throw invalid("The key is none in PEM, or not that of the certificate.", cause);
  }
}

function invalid(message: string, cause?: unknown): ProcmonError {
  const remedy =
    "Give tls.ca, and where the UI asks for one this host's certificate, tls.cert with tls.key; all in PEM.";
  return new ProcmonError({ code: "INVALID_OPTION", message, remedy, cause });
}
