import { packageError } from "../package-error.ts";

const PACKAGE = "@procmon/serialize-grpc";

const failed = (cause: unknown): never => {
  throw packageError(cause, PACKAGE, "Serving takes");
};

/** Loads the server, whose package need not be installed. @throws ProcmonError `METHOD_NOT_INSTALLED`, `PLUGIN_INVALID` */
export async function loadServer(): Promise<typeof import("@procmon/serialize-grpc/server")> {
  return import("@procmon/serialize-grpc/server").catch(failed);
}

/** Loads the link to OpenSnitch's UI, in the same way. */
export async function loadOpenSnitchLink(): Promise<typeof import("@procmon/serialize-grpc/opensnitch-link")> {
  return import("@procmon/serialize-grpc/opensnitch-link").catch(failed);
}
