import { cors } from "@connectrpc/connect";
import { ProcmonError } from "@procmon/core";

/** Which pages may use the service from within a browser (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export interface OriginRules {
  /** Whether the header Origin is one of those allowed. */
  allows(origin: string): boolean;
  /** The headers of an answer to a page that is allowed. */
  headers(origin: string): Readonly<Record<string, string>>;
  /** The headers of the answer to the question that a browser asks before. */
  preflightHeaders(origin: string): Readonly<Record<string, string>>;
}

/** For browser extensions and the like, which URL gives no origin. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*]+$/;
/** How long a browser need not ask again, in seconds. */
const MAX_AGE = 7200;

/**
 * Makes the rules.
 *
 * @param allowed origins as browsers write them, for example `https://dash.example` or `http://localhost:3000`.
 * @throws ProcmonError `INVALID_OPTION`
 */
export function createOriginRules(allowed: readonly string[]): OriginRules {
  const known: ReadonlySet<string> = new Set(allowed.map(checkOrigin));
  const exposed = cors.exposedHeaders.join(", ");
  const headers = (origin: string) => ({
    "access-control-allow-origin": origin,
    "access-control-expose-headers": exposed,
    vary: "Origin",
  });
  return {
    allows: (origin) => known.has(origin),
    headers,
    preflightHeaders: (origin) => ({
      ...headers(origin),
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": cors.allowedHeaders.join(", "),
      "access-control-allow-private-network": "true",
      "access-control-max-age": `${MAX_AGE}`,
    }),
  };
}

function checkOrigin(text: string): string {
  const origin = typeof text === "string" ? text.toLowerCase().replace(/\/$/, "") : "";
  // A default port is not written: https://dash.example:443 would never be met.
  const written = URL.canParse(origin) ? new URL(origin).origin : "null";
  if (ORIGIN.test(origin)) return written === "null" ? origin : written;
  throw new ProcmonError({
    code: "INVALID_OPTION",
    message: `${JSON.stringify(text)} is no origin of a page.`,
    remedy: "Use a scheme, a host and perhaps a port, as http://localhost:3000; there is no way to allow every page.",
  });
}
