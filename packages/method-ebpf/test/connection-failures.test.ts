import { requirement } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { type Couple, listenAt, startCouple } from "./support/socket-driver.ts";
import { watchTold } from "./support/watch-told.ts";

const missing = requirement("ebpf", "namespaces");
const HOME = "127.0.0.1";
const namesOf = ({ client, server }: Couple) => ({ [client.pid]: "client", [server.pid]: "server" });

describe.skipIf(missing)("of a connect that fails is told", () => {
  const watched = watchTold();

  it.each([
    ["tcp", 4, HOME],
    ["tcp6", 6, "::1"],
    ["tcp6", 6, `::ffff:${HOME}`],
  ])("that nobody listens there: %s, %i, %s", async (protocol, family, ip) => {
    await using couple = await startCouple();
    const { client } = couple;
    const socket = (await client.do(`socket ${family} stream 0`)).value;
    // A port that is chosen beforehand, since none is left afterwards.
    await client.do(`bind ${socket} ${ip} 6000`);
    expect(await client.try(`connect ${socket} ${ip} 7000`)).toMatchObject({ error: 111 });
    await watched.events.expectLines(couple, namesOf(couple), [
      `connect ${protocol} ${ip}:6000 > ${ip}:7000 client`,
      `connect ${protocol} ${ip}:6000 > ${ip}:7000 client ECONNREFUSED`,
      `close ${protocol} ${ip}:6000 > ${ip}:7000 client 0/0`,
    ]);
  });

  it("each try of a socket that tries again, and what comes of the last", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const socket = (await client.do("socket 4 stream 0")).value;
    await client.do(`bind ${socket} ${HOME} 6000`);
    await client.try(`connect ${socket} ${HOME} 7000`);
    await listenAt(server, HOME, 7000);
    await client.do(`connect ${socket} ${HOME} 7000`);
    await client.do(`linger ${socket}`);
    await client.do(`close ${socket}`);
    const ends = `${HOME}:6000 > ${HOME}:7000`;
    await watched.events.expectLines(couple, namesOf(couple), [
      `connect tcp ${ends} client`,
      `connect tcp ${ends} client ECONNREFUSED`,
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${ends} client`,
      `accept tcp ${HOME}:7000 > ${HOME}:6000 server?`,
      `close tcp ${ends} client 0/0`,
      `close tcp ${ends} client 0/0`,
      `close tcp ${HOME}:7000 > ${HOME}:6000 server? 0/0`,
    ]);
  });

  it.each([
    ["tcp", 4, "192.0.2.1", "0.0.0.0"],
    ["tcp6", 6, "2001:db8::1", "::"],
    ["tcp6", 6, "::ffff:192.0.2.1", "::"],
  ])("that there is no way to the target, though no packet leaves: %s, %i, %s", async (protocol, family, ip, from) => {
    await using couple = await startCouple();
    const { client } = couple;
    const socket = (await client.do(`socket ${family} stream 0`)).value;
    expect(await client.try(`connect ${socket} ${ip} 7000`)).toMatchObject({ error: 101 });
    await watched.events.expectLines(couple, namesOf(couple), [
      `connect ${protocol} ${from}:0 > ${ip}:7000 client ENETUNREACH`,
    ]);
  });

  it("nothing, where it was no connect at all", async () => {
    await using couple = await startCouple();
    const { client } = couple;
    expect(await client.try(`connect 99 ${HOME} 7000`)).toMatchObject({ error: 9 });
    // Its standard input is a unix socket.
    expect(await client.try(`connect 0 ${HOME} 7000`)).toMatchObject({ error: 22 });
    await watched.events.expectLines(couple, namesOf(couple), []);
  });

  it("that it was given up before the other side had answered", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    // The queue of a listener that accepts nothing has room for one.
    await listenAt(server, HOME, 7000, 0);
    const first = (await client.do("socket 4 stream 0")).value;
    const { port } = await client.do(`connect ${first} ${HOME} 7000`);
    const second = (await client.do("socket 4 stream 0")).value;
    await client.do(`nonblock ${second}`);
    await client.do(`bind ${second} ${HOME} 6000`);
    expect(await client.try(`connect ${second} ${HOME} 7000`)).toMatchObject({ error: 115 });
    await client.do(`close ${second}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:${port} > ${HOME}:7000 client`,
      `connect tcp ${HOME}:6000 > ${HOME}:7000 client`,
      `connect tcp ${HOME}:6000 > ${HOME}:7000 client ECANCELED`,
      `close tcp ${HOME}:6000 > ${HOME}:7000 client 0/0`,
    ]);
  });

  it("that it was begun, where the listener's queue is full, and the rest as soon as there is room", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, HOME, 7000, 0);
    const first = (await client.do("socket 4 stream 0")).value;
    await client.do(`bind ${first} ${HOME} 6000`);
    await client.do(`connect ${first} ${HOME} 7000`);
    const second = (await client.do("socket 4 stream 0")).value;
    await client.do(`bind ${second} ${HOME} 6001`);
    const { reply } = client.begin(`connect ${second} ${HOME} 7000`);
    const begun = [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:6000 > ${HOME}:7000 client`,
      `connect tcp ${HOME}:6001 > ${HOME}:7000 client`,
    ];
    await watched.events.expectLines(couple, namesOf(couple), begun);
    await server.do(`accept ${listener}`);
    expect((await reply).value).toBe(0);
    await server.do(`accept ${listener}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      ...begun,
      `accept tcp ${HOME}:7000 > ${HOME}:6000 server`,
      `accept tcp ${HOME}:7000 > ${HOME}:6001 server`,
    ]);
  });
});
