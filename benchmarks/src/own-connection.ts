import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { ConnectionTuple } from "@procmon/core";

/** A connection inside this process. */
export async function connectionOfOurs(): Promise<{ tuple: ConnectionTuple; close: () => void }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const tuple: ConnectionTuple = {
    protocol: "tcp",
    srcIp: "127.0.0.1",
    srcPort: socket.localPort ?? 0,
    dstIp: "127.0.0.1",
    dstPort: port,
  };
  return {
    tuple,
    close: () => {
      socket.destroy();
      server.close();
    },
  };
}
