import { ProcmonError } from "@procmon/core";
import type { ServeOptions } from "../commands/serve.ts";

/** Where browsers are served, and whose pages may ask. */
export interface WebListener {
  readonly listen: string;
  readonly allowOrigins: readonly string[];
}

/**
 * What `--web` and `--allow-origin` ask for; undefined where neither is given.
 *
 * @throws ProcmonError `INVALID_OPTION` where there are origins, and nothing that they could reach
 */
export function webOptions({ web, allowOrigin }: ServeOptions): WebListener | undefined {
  if (web !== undefined) return { listen: web, allowOrigins: allowOrigin ?? [] };
  if (allowOrigin === undefined) return undefined;
  throw new ProcmonError({
    code: "INVALID_OPTION",
    message: "Pages may be allowed to ask where browsers are served, and --web is missing.",
    remedy: "Give --web as well, for example --web 127.0.0.1:7080, or leave out --allow-origin.",
  });
}
