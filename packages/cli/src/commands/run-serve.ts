import { once } from "node:events";
import type { OpenSnitchLink } from "@procmon/serialize-grpc/opensnitch-link";
import { announceMethod } from "../announce-method.ts";
import { endStuckReads, guardExit } from "../checksums/end-stuck-reads.ts";
import { loadHasher } from "../checksums/load-hasher.ts";
import type { CommandContext } from "../command-context.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import { createSessionMonitor } from "../monitor-session.ts";
import { loadServer } from "../serving/load-serving.ts";
import { openLink } from "../serving/open-link.ts";
import { readTls } from "../serving/read-tls.ts";
import { serviceLog } from "../serving/service-log.ts";
import { webOptions } from "../serving/web-options.ts";
import { listenForStop } from "../stop-signals.ts";
import type { ServeOptions } from "./serve.ts";

/** Runs `procmon serve`. Ends when the user ends it, or no method can run any more. */
export async function runServe(options: ServeOptions, context: CommandContext): Promise<ExitCode> {
  const { hash, env = false } = options;
  using stop = listenForStop(EXIT_CODE.found);
  const { serve } = await loadServer();
  const tls = readTls(options);
  const web = webOptions(options);
  const log = serviceLog(context);
  const hasher = hash === undefined ? undefined : await loadHasher(hash);
  const monitor = await createSessionMonitor({ ...options, once: false, captureEnv: env, signal: stop.signal });
  if (hasher !== undefined && !stop.signal.aborted) monitor.use(hasher);
  let link: OpenSnitchLink | undefined;
  try {
    announceMethod(await monitor.start(), context);
    // First, since its address may be none: then nothing is served.
    link = await openLink(options, monitor, log);
    await using server = await serve(monitor, {
      env,
      insecure: options.insecure === true,
      log,
      ...(tls === undefined ? {} : { tls }),
      ...(options.listen === undefined ? {} : { listen: options.listen }),
      ...(web === undefined ? {} : { web }),
      ...(options.maxClients === undefined ? {} : { maxClients: options.maxClients }),
    });
    for (const address of server.addresses) context.say(`Serving procmon.v1.Procmon on ${address}.`);
    if (server.webAddress !== undefined) context.say(`Serving browsers on ${server.webAddress}.`);
    if (!monitor.signal.aborted) await once(monitor.signal, "abort");
    await link?.stop();
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await link?.stop();
    using _guard = hasher && guardExit(hasher);
    await Promise.all([hasher?.stop(), monitor.stop()]);
    if (hasher !== undefined) await endStuckReads(hasher, context.say);
  }
  return stop.signal.aborted ? EXIT_CODE.found : EXIT_CODE.methodUnavailable;
}
