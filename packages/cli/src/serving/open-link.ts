import type { Logger, Monitor } from "@procmon/core";
import type { LinkOptions, OpenSnitchLink } from "@procmon/serialize-grpc/opensnitch-link";
import type { ServeOptions } from "../commands/serve.ts";
import { loadOpenSnitchLink } from "./load-serving.ts";

/** Shows this machine in the UI of `--opensnitch-ui`; undefined where none is given. @throws ProcmonError `INVALID_OPTION` */
export async function openLink(
  options: ServeOptions,
  monitor: Monitor,
  log: Logger,
): Promise<OpenSnitchLink | undefined> {
  const settings = linkOptions(options, log);
  if (settings === undefined) return undefined;
  const { linkToOpenSnitch } = await loadOpenSnitchLink();
  return linkToOpenSnitch(monitor, settings);
}

/** The environment is for clients that ask for it (`--env`); to the UI it would go with every connection, unasked. */
export function linkOptions(
  { opensnitchUi: address, opensnitchAlerts: alerts }: ServeOptions,
  log: Logger,
): LinkOptions | undefined {
  return address === undefined ? undefined : { address, env: false, log, ...(alerts && { alerts }) };
}
