import type { Server } from "node:net";
import { ProcmonError } from "@procmon/core";
import { formatListenAddress } from "./listen-address.ts";
import { bindAddress, checkTcp, type TcpRequest } from "./listen-rules.ts";

/**
 * Lets a server listen on a TCP port, and gives its address with the port that was chosen.
 *
 * @throws ProcmonError `INVALID_OPTION` where it may not be offered there; `SERVICE_UNAVAILABLE` where the system does not let it.
 */
export async function listenOnTcp(server: Server, request: TcpRequest): Promise<string> {
  checkTcp(request);
  const host = await bindAddress(request);
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => reject(impossible(request, cause));
    server.once("error", fail);
    server.listen({ host, port: request.port }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : request.port;
  return formatListenAddress({ kind: "tcp", host, port });
}

function impossible({ host, port }: TcpRequest, cause: NodeJS.ErrnoException): ProcmonError {
  return new ProcmonError({
    code: "SERVICE_UNAVAILABLE",
    message: `Nothing can listen on ${formatListenAddress({ kind: "tcp", host, port })}: ${cause.code ?? cause.message}.`,
    remedy:
      cause.code === "EADDRINUSE" ? "Use another port; 0 lets the system choose." : "Use an address of this machine.",
    cause,
  });
}
