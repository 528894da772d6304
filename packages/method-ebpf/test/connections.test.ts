import { requirement } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { type Couple, listenAt, startCouple, startDriver } from "./support/socket-driver.ts";
import { watchTold } from "./support/watch-told.ts";
import { between, told } from "./watching.ts";

const missing = requirement("ebpf", "namespaces");
const HOME = "127.0.0.1";
const namesOf = ({ client, server }: Couple) => ({ [client.pid]: "client", [server.pid]: "server" });

describe.skipIf(missing)("of a connection is told", () => {
  const watched = watchTold();

  it.each([
    ["tcp", 4, HOME, HOME, HOME],
    ["tcp6", 6, "::1", "::1", "::1"],
    ["tcp6", 6, "::", `::ffff:${HOME}`, `::ffff:${HOME}`],
  ])("who made it, who accepted it, and what went each way: %s, %i, %s", async (protocol, family, bound, to, as) => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, bound, 7000);
    const socket = (await client.do(`socket ${family} stream 0`)).value;
    const { port } = await client.do(`connect ${socket} ${to} 7000`);
    const accepted = (await server.do(`accept ${listener}`)).value;
    await client.do(`send ${socket} 1000`);
    await server.do(`recv ${accepted} 1000`);
    await server.do(`send ${accepted} 234`);
    await client.do(`recv ${socket} 234`);
    await client.do(`close ${socket}`);
    await server.do(`close ${accepted}`);
    await server.do(`close ${listener}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen ${protocol} ${bound}:7000 server`,
      `connect ${protocol} ${to}:${port} > ${to}:7000 client`,
      `accept ${protocol} ${as}:7000 > ${as}:${port} server`,
      `close ${protocol} ${to}:${port} > ${to}:7000 client 1000/234`,
      `close ${protocol} ${as}:7000 > ${as}:${port} server 234/1000`,
      `close ${protocol} ${bound}:7000 server 0/0`,
    ]);
  });

  it("an IPv4 client of a socket of IPv6: each end in its own family", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, "::", 7000);
    const socket = (await client.do("socket 4 stream 0")).value;
    const { port } = await client.do(`connect ${socket} ${HOME} 7000`);
    await server.do(`accept ${listener}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      "listen tcp6 :::7000 server",
      `connect tcp ${HOME}:${port} > ${HOME}:7000 client`,
      `accept tcp6 ::ffff:${HOME}:7000 > ::ffff:${HOME}:${port} server`,
    ]);
  });

  it("its source, where that was bound before", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    await listenAt(server, HOME, 7000);
    const socket = (await client.do("socket 4 stream 0")).value;
    await client.do(`bind ${socket} 127.0.0.9 6000`);
    await client.do(`connect ${socket} ${HOME} 7000`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp 127.0.0.9:6000 > ${HOME}:7000 client`,
    ]);
  });

  it("that it was begun, where connect(2) does not wait, and it is told once", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    await listenAt(server, HOME, 7000);
    const socket = (await client.do("socket 4 stream 0")).value;
    await client.do(`nonblock ${socket}`);
    expect(await client.try(`connect ${socket} ${HOME} 7000`)).toMatchObject({ value: -1, error: 115 });
    const { port } = await client.do(`connect ${socket} ${HOME} 7000`);
    expect(await client.try(`connect ${socket} ${HOME} 7000`)).toMatchObject({ error: 106 });
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:${port} > ${HOME}:7000 client`,
    ]);
  });

  it.skipIf(requirement("io_uring"))("that it was made through io_uring", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, HOME, 7000);
    const socket = (await client.do("socket 4 stream 0")).value;
    const { port } = await client.do(`ring-connect ${socket} ${HOME} 7000`);
    const accepted = (await server.do(`ring-accept ${listener}`)).value;
    await client.do(`ring-send ${socket} 1000`);
    await server.do(`ring-recv ${accepted} 1000`);
    await client.do(`close ${socket}`);
    await server.do(`close ${accepted}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:${port} > ${HOME}:7000 client`,
      `accept tcp ${HOME}:7000 > ${HOME}:${port} server`,
      `close tcp ${HOME}:${port} > ${HOME}:7000 client 1000/0`,
      `close tcp ${HOME}:7000 > ${HOME}:${port} server 0/1000`,
    ]);
  });

  it("the owner, in the machine's own network namespace as well", async () => {
    await using server = await startDriver();
    await using client = await startDriver();
    const listener = await listenAt(server, HOME, 0);
    const at = (await server.do(`listen ${listener} 8`)).port;
    const socket = (await client.do("socket 4 stream 0")).value;
    const { port } = await client.do(`connect ${socket} ${HOME} ${at}`);
    await server.do(`accept ${listener}`);
    await watched.events.caughtUp();
    const names = { [client.pid]: "client", [server.pid]: "server" };
    const ours = watched.events.lines(server, names).filter((line) => line.includes(`:${at}`));
    expect(ours).toEqual([
      `listen tcp ${HOME}:${at} server`,
      `connect tcp ${HOME}:${port} > ${HOME}:${at} client`,
      `accept tcp ${HOME}:${at} > ${HOME}:${port} server`,
    ]);
    expect(told(await watched.monitor.findOwner(between("tcp", [HOME, port], [HOME, at])))).toBe(`exact ${client.pid}`);
  });

  it("each of its ends, where one side shuts down before the other has sent", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, HOME, 7000);
    const socket = (await client.do("socket 4 stream 0")).value;
    const { port } = await client.do(`connect ${socket} ${HOME} 7000`);
    const accepted = (await server.do(`accept ${listener}`)).value;
    await client.do(`send ${socket} 10`);
    await client.do(`shutdown ${socket}`);
    expect((await server.do(`recv ${accepted} 11`)).value).toBe(10);
    await server.do(`send ${accepted} 5000`);
    await client.do(`recv ${socket} 5000`);
    await server.do(`close ${accepted}`);
    await client.do(`close ${socket}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:${port} > ${HOME}:7000 client`,
      `accept tcp ${HOME}:7000 > ${HOME}:${port} server`,
      `close tcp ${HOME}:${port} > ${HOME}:7000 client 10/5000`,
      `close tcp ${HOME}:7000 > ${HOME}:${port} server 5000/10`,
    ]);
  });

  it("both of its ends, where one side breaks it off", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, HOME, 7000);
    const socket = (await client.do("socket 4 stream 0")).value;
    const { port } = await client.do(`connect ${socket} ${HOME} 7000`);
    await server.do(`accept ${listener}`);
    await client.do(`send ${socket} 10`);
    await client.do(`linger ${socket}`);
    await client.do(`close ${socket}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:${port} > ${HOME}:7000 client`,
      `accept tcp ${HOME}:7000 > ${HOME}:${port} server`,
      `close tcp ${HOME}:${port} > ${HOME}:7000 client 10/0`,
      `close tcp ${HOME}:7000 > ${HOME}:${port} server 0/10`,
    ]);
  });

  it("its owner also when that has ended, and the kernel closes for it", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, HOME, 7000);
    const forked = await client.do("fork");
    const socket = (await client.do("socket 4 stream 0")).value;
    const { port } = await client.do(`connect ${socket} ${HOME} 7000`);
    const accepted = (await server.do(`accept ${listener}`)).value;
    await client.do("exit");
    await server.do(`close ${accepted}`);
    await watched.events.expectLines(couple, { ...namesOf(couple), [forked.pid]: "child" }, [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:${port} > ${HOME}:7000 child`,
      `accept tcp ${HOME}:7000 > ${HOME}:${port} server`,
      `close tcp ${HOME}:${port} > ${HOME}:7000 child 0/0`,
      `close tcp ${HOME}:7000 > ${HOME}:${port} server 0/0`,
    ]);
  });
});
