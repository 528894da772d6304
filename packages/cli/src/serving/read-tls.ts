import { readFileSync } from "node:fs";
import { ProcmonError } from "@procmon/core";
import type { ServeOptions } from "../commands/serve.ts";

/** What TLS takes, as PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

/**
 * Reads the files of `--tls-cert`, `--tls-key` and `--tls-ca`; undefined where none is given.
 *
 * @throws ProcmonError `INVALID_OPTION` where one of them is missing or cannot be read
 */
export function readTls({ tlsCert, tlsKey, tlsCa }: ServeOptions): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  return { cert: read("--tls-cert", tlsCert), key: read("--tls-key", tlsKey), ca: read("--tls-ca", tlsCa) };
}

function read(flag: string, file: string | undefined): Buffer {
  if (file === undefined) {
    throw new ProcmonError({
      code: "INVALID_OPTION",
      message: `TLS goes in both directions here, and ${flag} is missing.`,
      remedy: "Give --tls-cert, --tls-key and --tls-ca.",
    });
  }
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ProcmonError({
      code: "INVALID_OPTION",
      message: `The file of ${flag} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy: "Give a file in PEM format that you may read.",
      cause,
    });
  }
}
