import { requirement, spawnFixture } from "@procmon-internal/fixtures";
import { expect } from "vitest";
import { listenAt, type Place, startCouple } from "./socket-driver.ts";
import type { Names } from "./told-events.ts";

const HOME = "127.0.0.1";

/** What happens in {@link playScene}, as `recordTold` writes it: all that the method tells where nothing is missing. */
export const WHOLE_SCENE: readonly string[] = [
  `listen tcp ${HOME}:7000 server`,
  `connect tcp ${HOME}:6000 > ${HOME}:7000 client`,
  `accept tcp ${HOME}:7000 > ${HOME}:6000 child`,
  `connect tcp ${HOME}:6001 > ${HOME}:7000 client`,
  `accept tcp ${HOME}:7000 > ${HOME}:6001 child`,
  `connect tcp ${HOME}:6002 > ${HOME}:7001 client`,
  `connect tcp ${HOME}:6002 > ${HOME}:7001 client ECONNREFUSED`,
  "connect tcp 0.0.0.0:0 > 192.0.2.1:7000 client ENETUNREACH",
  `flow udp 0.0.0.0:6003 > ${HOME}:7003 client`,
  `flow udp ${HOME}:7003 > ${HOME}:6003 child`,
  `flow udp ${HOME}:6004 > ${HOME}:7003 client`,
  `flow raw 0.0.0.0:253 > ${HOME}:0 client`,
  "flow packet 0.0.0.0:0 sniffer",
  `close packet 0.0.0.0:0 sniffer 192/0`,
  `close raw 0.0.0.0:253 > ${HOME}:0 client 30/?`,
  `close tcp ${HOME}:6000 > ${HOME}:7000 client 100/40`,
  `close tcp ${HOME}:6001 > ${HOME}:7000 client 0/0`,
  `close tcp ${HOME}:6002 > ${HOME}:7001 client 0/0`,
  `close tcp ${HOME}:7000 > ${HOME}:6000 child 40/100`,
  `close tcp ${HOME}:7000 > ${HOME}:6001 child 0/0`,
  `close udp 0.0.0.0:6003 > ${HOME}:7003 client 10/5`,
  `close udp ${HOME}:6004 > ${HOME}:7003 client 20/0`,
  `close udp ${HOME}:7003 > ${HOME}:6003 child 5/10`,
].sort();

/** Where it happened, and who took part. */
export interface PlayedScene extends AsyncDisposable {
  readonly place: Place;
  readonly names: Names;
}

/** What is looked at in the middle, while all is open. */
export interface OpenScene {
  readonly place: Place;
  readonly client: number;
  readonly server: number;
  readonly child: number;
}

/** A connection that is used, and one that is only accepted, by a child of the process that listens; two that fail; datagrams, and other packets. */
export async function playScene(look: (open: OpenScene) => Promise<void>): Promise<PlayedScene> {
  const couple = await startCouple();
  const { client, server } = couple;
  const listener = await listenAt(server, HOME, 7000);
  const datagrams = (await server.do("socket 4 dgram 0")).value;
  await server.do(`bind ${datagrams} ${HOME} 7003`);
  const child = (await server.do("fork")).pid;

  const made = async (type: string, port: number, ip = HOME) => {
    const { value } = await client.do(`socket 4 ${type} 0`);
    await client.do(`bind ${value} ${ip} ${port}`);
    return value;
  };
  const used = await made("stream", 6000);
  await client.do(`connect ${used} ${HOME} 7000`);
  const usedChild = (await server.do(`accept ${listener}`)).value;
  await client.do(`send ${used} 100`);
  await server.do(`recv ${usedChild} 100`);
  await server.do(`send ${usedChild} 40`);
  await client.do(`recv ${used} 40`);
  const unused = await made("stream", 6001);
  await client.do(`connect ${unused} ${HOME} 7000`);
  const unusedChild = (await server.do(`accept ${listener}`)).value;

  expect((await client.try(`connect ${await made("stream", 6002)} ${HOME} 7001`)).error).toBe(111);
  const lost = (await client.do("socket 4 stream 0")).value;
  expect((await client.try(`connect ${lost} 192.0.2.1 7000`)).error).toBe(101);

  const free = await made("dgram", 6003, "0.0.0.0");
  await client.do(`sendto ${free} 10 ${HOME} 7003`);
  await server.do(`recvfrom ${datagrams} 99`);
  await server.do(`sendto ${datagrams} 5 ${HOME} 6003`);
  await client.do(`recvfrom ${free} 99`);
  const connected = await made("dgram", 6004);
  await client.do(`connect ${connected} ${HOME} 7003`);
  await client.do(`send ${connected} 20`);
  const raw = (await client.do("socket 4 raw 253")).value;
  await client.do(`sendto ${raw} 30 ${HOME} 0`);
  const sniffer = await spawnFixture<{ pid: number }>("send-raw", ["packet", "3"], {
    enter: [`join-net=${server.pid}`],
  });

  await look({ place: couple, client: client.pid, server: server.pid, child });
  for (const fd of [used, unused, free, connected, raw]) await client.do(`close ${fd}`);
  for (const fd of [usedChild, unusedChild]) await server.do(`close ${fd}`);
  await sniffer.stop();
  await server.do("exit");
  await server.do(`close ${datagrams}`);
  return {
    place: couple,
    names: { [client.pid]: "client", [server.pid]: "server", [child]: "child", [sniffer.pid]: "sniffer" },
    [Symbol.asyncDispose]: () => couple[Symbol.asyncDispose](),
  };
}

/** Why it cannot be played here. */
export const sceneMissing: string | undefined = requirement("ebpf", "namespaces");
