import type { Socket } from "node:net";
import { type ConnectionInjector, Server } from "@grpc/grpc-js";
import type { Logger, Monitor } from "@procmon/core";
import { file_procmon_v1_service } from "../generated/procmon/v1/service_pb.js";
import type { ProcmonService } from "../service/procmon-service.ts";
import { serverCredentials } from "./credentials.ts";
import { describeFiles, withImports } from "./described-files.ts";
import { PROCMON_METHODS, procmonHandlers } from "./grpc-methods.ts";
import { HEALTH_METHODS, healthHandlers } from "./health.ts";
import { HEALTH_FILE } from "./health-descriptor.ts";
import type { ServerTls } from "./listen-rules.ts";
import { REFLECTION_METHODS, reflectionHandlers } from "./reflection.ts";
import { requestDeadline } from "./request-deadline.ts";

/** gRPC on connections that somebody else accepts. */
export interface GrpcServer {
  /** Serves a client, over TLS where the server was made with it and `overTls` says so. */
  serve(socket: Socket, overTls: boolean): void;
  /** Takes no more calls; those that run may end. */
  close(): void;
}

/** What it is made with. */
export interface GrpcServerOptions {
  readonly monitor: Monitor;
  readonly service: ProcmonService;
  readonly tls: ServerTls | undefined;
  /** Bytes of a request. */
  readonly maxMessageBytes: number;
  readonly log: Logger;
}

const REQUEST_LIMIT_MS = 30_000;

/** Half-open connections end within 40 seconds, and those without calls within five minutes. */
const LIMITS = {
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.max_connection_idle_ms": 300_000,
  "grpc.max_concurrent_streams": 32,
  // Nobody asks for these counters, which cost time with each message.
  "grpc.enable_channelz": 0,
} as const;

/**
 * Makes the server: procmon.v1.Procmon, and beside it health and reflection.
 *
 * @throws ProcmonError `INVALID_OPTION` for certificates that are none.
 */
export function createGrpcServer({ monitor, service, tls, maxMessageBytes, log }: GrpcServerOptions): GrpcServer {
  const server = new Server({
    ...LIMITS,
    "grpc.max_receive_message_length": maxMessageBytes,
    interceptors: [requestDeadline(REQUEST_LIMIT_MS)],
  });
  const files = describeFiles([...withImports(file_procmon_v1_service), HEALTH_FILE]);
  server.addService(PROCMON_METHODS, procmonHandlers(service, log));
  server.addService(HEALTH_METHODS, healthHandlers(files.services, monitor.signal));
  server.addService(REFLECTION_METHODS, reflectionHandlers(files));
  const plain = server.createConnectionInjector(serverCredentials(undefined));
  const secure: ConnectionInjector =
    tls === undefined ? plain : server.createConnectionInjector(serverCredentials(tls));

  return {
    serve: (socket, overTls) => (overTls ? secure : plain).injectConnection(socket),
    close() {
      plain.destroy();
      if (secure !== plain) secure.destroy();
      server.forceShutdown();
    },
  };
}
