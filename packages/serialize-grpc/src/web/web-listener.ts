import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createConnectRouter } from "@connectrpc/connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { ProcmonService } from "../service/procmon-service.ts";
import { createHostRules } from "./host-rules.ts";
import { createOriginRules } from "./origin-rules.ts";
import { addProcmonRoutes } from "./procmon-routes.ts";
import type { ServeWebOptions } from "./serve-web.ts";

/**
 * Makes what answers the requests. `shutdown` ends all calls.
 *
 * @throws ProcmonError `INVALID_OPTION`
 */
export function createWebListener(
  service: ProcmonService,
  options: ServeWebOptions,
  shutdown: AbortSignal,
): RequestListener {
  const isOwnHost = createHostRules(options.host, options.tls);
  const origins = createOriginRules(options.allowOrigins);
  const router = createConnectRouter({
    grpc: false,
    // A browser does not compress requests, and what it gets costs less uncompressed on this machine.
    acceptCompression: [],
    readMaxBytes: options.maxMessageBytes,
    // A condition that is not understood must not be left out.
    jsonOptions: { ignoreUnknownFields: false },
    shutdownSignal: shutdown,
  });
  addProcmonRoutes(router, service);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  /** Connections with a request that has not been answered: more than one is nothing that a browser does. */
  const busy = new WeakSet<object>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const handler = handlers.get(request.url?.split("?", 1)[0] ?? "");
    if (handler === undefined) return refuse(response, 404, "not_found", "There is no such call.");
    const result = await handler(universalRequestFromNodeRequest(request, response, undefined, undefined));
    await universalResponseToNodeResponse(result, response);
  }

  return (request, response) => {
    const { socket, headers } = request;
    if (busy.has(socket)) return void socket.destroy();
    busy.add(socket);
    response.once("close", () => busy.delete(socket));

    const hosts = request.headersDistinct.host ?? [];
    if (hosts.length !== 1 || !isOwnHost(hosts[0])) {
      return refuse(response, 403, "permission_denied", "This is not the host's name.");
    }
    const { origin } = headers;
    if (origin !== undefined) {
      if (!origins.allows(origin)) return refuse(response, 403, "permission_denied", "This page is not allowed here.");
      if (request.method === "OPTIONS") return void response.writeHead(204, origins.preflightHeaders(origin)).end();
      for (const [name, value] of Object.entries(origins.headers(origin))) response.setHeader(name, value);
    }
    // What fails here is a client that has gone, or one that speaks no HTTP: there is nobody to tell.
    answer(request, response).catch(() => response.destroy());
  };
}

/** As Connect tells errors (https://connectrpc.com/docs/protocol#error-end-stream). */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify({ code, message }));
}
