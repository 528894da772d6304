import { createServer, type Server, type ServerOptions } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { ProcmonError } from "@procmon/core";
import { checkTls } from "../server/credentials.ts";
import { bindAddress, checkTcp, type ServerTls } from "../server/listen-rules.ts";
import type { ProcmonService } from "../service/procmon-service.ts";
import { createWebListener } from "./web-listener.ts";

/** Options of {@link serveWeb}. */
export interface ServeWebOptions {
  /** A name or an IP address, without brackets. Without `tls` it must be of this machine alone. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls?: ServerTls | undefined;
  /** The origins of the pages that may use the service, as browsers write them. */
  readonly allowOrigins: readonly string[];
  /** Of a request. */
  readonly maxMessageBytes: number;
  /** Connections at a time; more are closed at once. */
  readonly maxClients: number;
}

/** A web listener that runs. */
export interface RunningWeb {
  /** For example `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Connections that are open. */
  readonly clients: number;
  /** Ends all calls; takes no longer than a second. Idempotent. */
  stop(): Promise<void>;
}

const SECOND = 1000;
/** How long calls have to say why they end. */
const GRACE = SECOND / 2;

/** No time limit but for who says nothing: a watch is open for as long as it likes. */
const LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10 * SECOND,
  requestTimeout: 30 * SECOND,
  connectionsCheckingInterval: 5 * SECOND,
  keepAliveTimeout: 10 * SECOND,
  // Of TCP: finds out about machines that have vanished.
  keepAlive: true,
  keepAliveInitialDelay: 30 * SECOND,
};

/**
 * Offers the service to browsers over HTTP/1.1, by the protocols Connect (https://connectrpc.com/docs/protocol) and gRPC-Web.
 *
 * @throws ProcmonError `INVALID_OPTION`; `SERVICE_UNAVAILABLE` where the port cannot be listened on.
 */
export async function serveWeb(service: ProcmonService, options: ServeWebOptions): Promise<RunningWeb> {
  const { host, port, tls, maxClients } = options;
  checkTcp({ host, port, tls, insecure: true });
  if (tls !== undefined) checkTls(tls);
  const shutdown = new AbortController();
  const listener = createWebListener(service, options, shutdown.signal);
  const server = makeServer(tls);
  server.on("request", listener);
  server.maxConnections = maxClients;
  let clients = 0;
  server.on("connection", (socket) => {
    clients++;
    socket.once("close", () => clients--);
  });
  await listen(server, port, await bindAddress({ host, port, tls }));

  let stopped: Promise<void> | undefined;
  return {
    address: addressOf(server, host, tls !== undefined),
    get clients() {
      return clients;
    },
    stop() {
      stopped ??= stopServer(server, shutdown);
      return stopped;
    },
  };
}

function makeServer(tls: ServerTls | undefined): Server {
  if (tls === undefined) return createServer(LIMITS);
  const { cert, key, ca } = tls;
  const proof = { cert, key, ca, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.2" } as const;
  return createSecureServer({ ...LIMITS, ...proof, handshakeTimeout: 10 * SECOND });
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new ProcmonError({
          code: "SERVICE_UNAVAILABLE",
          message: `Browsers cannot be served on port ${port} of ${host}: ${cause.message}.`,
          remedy: cause.code === "EADDRINUSE" ? "Use another port, or 0 for any." : "Use another address.",
          cause,
        }),
      );
    });
    server.listen({ port, host, exclusive: true }, () => {
      // A connection that could not be accepted, as when there are too many open files, must not end the program.
      server.on("error", () => {});
      resolve();
    });
  });
}

function addressOf(server: Server, host: string, isSecure: boolean): string {
  const { port } = server.address() as AddressInfo;
  return `${isSecure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function stopServer(server: Server, shutdown: AbortController): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  shutdown.abort(new ConnectError("The service has been stopped.", Code.Unavailable));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE);
  await closed;
  clearTimeout(timer);
}
