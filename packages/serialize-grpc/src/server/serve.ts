import { createServer, type Server } from "node:net";
import type { Monitor } from "@procmon/core";
import { createProcmonService } from "../service/procmon-service.ts";
import { createConnections } from "./connections.ts";
import { createGrpcServer } from "./grpc-server.ts";
import type { ListenAddress } from "./listen-address.ts";
import { formatListenAddress } from "./listen-address.ts";
import { listenOnTcp } from "./listen-tcp.ts";
import { listenOnUnix } from "./listen-unix.ts";
import { type ServeOptions, serveSettings } from "./serve-options.ts";

/** A server that runs. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens, with the port that was chosen. */
  readonly addresses: readonly string[];
  /** Where browsers reach it. */
  readonly webAddress?: string;
  /** Ends all calls and gives up all addresses, within a second. Idempotent; the monitor goes on. */
  stop(): Promise<void>;
}

/** Milliseconds that calls have to end by themselves. */
const GRACE_MS = 500;

/**
 * Offers a monitor over gRPC. The caller starts and stops the monitor; when that stops, all calls end.
 *
 * @throws ProcmonError `INVALID_OPTION`; `SERVICE_UNAVAILABLE` where it cannot listen.
 *
 * @example
 * await using server = await serve(monitor, { listen: ["unix:///run/procmon/procmon.sock"] });
 */
export async function serve(monitor: Monitor, options: ServeOptions = {}): Promise<RunningServer> {
  const settings = serveSettings(options);
  const { listen, web, tls, insecure, env, maxClients, maxMessageBytes, log } = settings;
  const connections = createConnections({
    limit: maxClients,
    onRefuse: (count) => log.warn(`There are ${maxClients} clients already; ${count} more sent away.`),
  });
  let browsers = (): number => 0;
  const clients = (): number => connections.open + browsers();
  const service = createProcmonService(monitor, { env, maxWatches: maxClients, log, clients });
  const grpc = createGrpcServer({ monitor, service, tls, maxMessageBytes, log });
  const closers: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;

  async function open(address: ListenAddress): Promise<string> {
    const listener = createServer();
    const overTls = address.kind === "tcp" && tls !== undefined;
    connections.watch(listener, (socket) => grpc.serve(socket, overTls));
    const bound = await bind(listener, address);
    // It goes on where one connection could not be accepted, as when there are too many open files.
    listener.on("error", (error) => log.warn(`A connection could not be accepted: ${error.message}`, { error }));
    return bound;
  }

  async function bind(listener: Server, address: ListenAddress): Promise<string> {
    if (address.kind === "tcp") {
      const bound = await listenOnTcp(listener, { ...address, tls, insecure });
      closers.push(() => closeListener(listener));
      return bound;
    }
    const file = await listenOnUnix(listener, address.path);
    closers.push(async () => {
      try {
        await file.remove();
      } finally {
        await closeListener(listener);
      }
    });
    return formatListenAddress(address);
  }

  async function openWeb(): Promise<string | undefined> {
    if (web === undefined) return undefined;
    const { serveWeb } = await import("../web/serve-web.ts");
    const { host, port, allowOrigins } = web;
    const running = await serveWeb(service, {
      host,
      port,
      allowOrigins,
      maxMessageBytes,
      maxClients,
      ...(tls && { tls }),
    });
    browsers = () => running.clients;
    closers.push(() => running.stop());
    return running.address;
  }

  async function halt(): Promise<void> {
    const closing = closers.map((close) => close());
    await service.stop();
    grpc.close();
    await connections.close(GRACE_MS);
    const failed = (await Promise.allSettled(closing)).find((result) => result.status === "rejected");
    if (failed !== undefined) log.warn("An address could not be given up properly.", { error: failed.reason });
  }

  function stop(): Promise<void> {
    stopping ??= halt();
    return stopping;
  }

  try {
    const addresses: string[] = [];
    for (const address of listen) addresses.push(await open(address));
    const webAddress = await openWeb();
    return { addresses, ...(webAddress !== undefined && { webAddress }), stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function closeListener(listener: Server): Promise<void> {
  return new Promise((resolve) => listener.close(() => resolve()));
}
