import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Monitor, ProcessTraffic } from "@procmon/core";
import { requirement } from "@procmon-internal/fixtures";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { watch } from "./watching.ts";

const HOME = "127.0.0.1";

/** A connection inside this process, over which both ends have sent so many bytes. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly port: number;
}

describe.skipIf(requirement("ebpf", "root"))("traffic", () => {
  let listener: Server;
  let monitor: Monitor | undefined;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    listener = createServer().listen(0, HOME);
    await once(listener, "listening");
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    listener.close();
    await monitor?.stop();
  });

  async function open(): Promise<Pair> {
    const client = connect((listener.address() as AddressInfo).port, HOME);
    const [[server]] = (await Promise.all([once(listener, "connection"), once(client, "connect")])) as [
      [Socket],
      unknown,
    ];
    sockets.push(client, server);
    return { client, server, port: client.localPort ?? 0 };
  }

  async function send(from: Socket, to: Socket, bytes: number): Promise<void> {
    let received = 0;
    const all = new Promise<void>((resolve) => {
      to.on("data", (data) => {
        received += data.length;
        if (received === bytes) resolve();
      });
    });
    from.write(Buffer.alloc(bytes));
    await all;
    to.removeAllListeners("data");
  }

  async function own(): Promise<ProcessTraffic | undefined> {
    const { processes } = (await monitor?.traffic()) ?? { processes: [] };
    return processes.find(({ owner }) => owner.pid === process.pid);
  }

  const bytesOf = (traffic: ProcessTraffic | undefined) => [traffic?.bytesSent ?? 0n, traffic?.bytesReceived ?? 0n];

  it("counts the payload of what lives and of what is closed, and nothing from before", async () => {
    const old = await open();
    await send(old.client, old.server, 5000);
    ({ monitor } = await watch());
    const [sentBefore, receivedBefore] = bytesOf(await own());
    await send(old.client, old.server, 700);
    const young = await open();
    await send(young.server, young.client, 300_000);
    await send(young.client, young.server, 11);
    const during = await own();
    const total = 700n + 300_000n + 11n;
    expect(bytesOf(during)).toEqual([(sentBefore ?? 0n) + total, (receivedBefore ?? 0n) + total]);
    expect(during?.owner).toMatchObject({ path: process.execPath });
    const ofPort = (port: number) => during?.connections.find(({ connection }) => connection.srcPort === port);
    expect(ofPort(old.port)).toMatchObject({ bytesSent: 700n, bytesReceived: 0n });
    expect(ofPort(young.port)).toMatchObject({ bytesSent: 11n, bytesReceived: 300_000n });

    const closed = Promise.all(
      [old, young].map(({ client, server }) => Promise.all([once(client, "close"), once(server, "close")])),
    );
    for (const { client, server } of [old, young]) {
      client.destroy();
      server.destroy();
    }
    await closed;
    const after = await own();
    expect(bytesOf(after)).toEqual(bytesOf(during));
    expect(after?.connections.filter(({ connection }) => [old.port, young.port].includes(connection.srcPort))).toEqual(
      [],
    );
  });
});
