import { requirement } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { type Couple, type Driver, startCouple } from "./support/socket-driver.ts";
import { recordTold } from "./support/told-events.ts";
import { watchTold } from "./support/watch-told.ts";
import { between, told, watch } from "./watching.ts";

const missing = requirement("ebpf", "namespaces");
const HOME = "127.0.0.1";
const namesOf = ({ client, server }: Couple) => ({ [client.pid]: "client", [server.pid]: "server" });

async function open(driver: Driver, family: 4 | 6 = 4, protocol = 0): Promise<number> {
  return (await driver.do(`socket ${family} dgram ${protocol}`)).value;
}

async function bound(driver: Driver, ip: string, port: number, protocol = 0): Promise<number> {
  const fd = await open(driver, ip.includes(":") ? 6 : 4, protocol);
  await driver.do(`bind ${fd} ${ip} ${port}`);
  return fd;
}

describe.skipIf(missing)("of datagrams is told", () => {
  const watched = watchTold();

  it.each<readonly [string, string, string, string, number]>([
    ["udp", HOME, HOME, "0.0.0.0", 0],
    ["udp6", "::1", "::1", "::", 0],
    ["udp6", "::", `::ffff:${HOME}`, "::", 0],
    ...(requirement("udplite") === undefined ? ([["udplite", HOME, HOME, "0.0.0.0", 136]] as const) : []),
  ])(
    "one flow at each end, whoever began, and what it has carried: %s, %s, %s",
    async (protocol, at, to, from, number) => {
      await using couple = await startCouple();
      const { client, server } = couple;
      const theirs = await bound(server, at, 7000, number);
      const ours = await open(client, at.includes(":") ? 6 : 4, number);
      const { port } = await client.do(`sendto ${ours} 10 ${to} 7000`);
      await client.do(`sendto ${ours} 20 ${to} 7000`);
      await server.do(`recvfrom ${theirs} 99`);
      await server.do(`recvfrom ${theirs} 99`);
      await server.do(`sendto ${theirs} 7 ${to} ${port}`);
      await client.do(`recvfrom ${ours} 99`);
      await client.do(`close ${ours}`);
      await server.do(`close ${theirs}`);
      await watched.events.expectLines(couple, namesOf(couple), [
        `flow ${protocol} ${from}:${port} > ${to}:7000 client`,
        `flow ${protocol} ${at}:7000 > ${to}:${port} server`,
        `close ${protocol} ${from}:${port} > ${to}:7000 client 30/7`,
        `close ${protocol} ${at}:7000 > ${to}:${port} server 7/30`,
      ]);
    },
  );

  it("one flow for each peer", async () => {
    await using couple = await startCouple();
    const { client } = couple;
    const socket = await open(client);
    const { port } = await client.do(`sendto ${socket} 1 ${HOME} 7000`);
    await client.do(`sendto ${socket} 2 ${HOME} 7001`);
    await client.do(`sendto ${socket} 4 127.0.0.2 7000`);
    await client.do(`sendto ${socket} 8 ${HOME} 7000`);
    expect((await client.do(`sendmmsg ${socket} 16 ${HOME} 7001 7003`)).value).toBe(3);
    await client.do(`close ${socket}`);
    const from = `udp 0.0.0.0:${port}`;
    await watched.events.expectLines(couple, namesOf(couple), [
      `flow ${from} > ${HOME}:7000 client`,
      `flow ${from} > ${HOME}:7001 client`,
      `flow ${from} > 127.0.0.2:7000 client`,
      `flow ${from} > ${HOME}:7002 client`,
      `flow ${from} > ${HOME}:7003 client`,
      `close ${from} > ${HOME}:7000 client 9/0`,
      `close ${from} > ${HOME}:7001 client 18/0`,
      `close ${from} > ${HOME}:7002 client 16/0`,
      `close ${from} > ${HOME}:7003 client 16/0`,
      `close ${from} > 127.0.0.2:7000 client 4/0`,
    ]);
  });

  it.each([
    ["connect", "send", "recv"],
    ...(requirement("io_uring") === undefined ? [["ring-connect", "ring-send", "ring-recv"]] : []),
  ])("the flow of a connected socket: %s, %s, %s", async (connect, send, receive) => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const theirs = await bound(server, HOME, 7000);
    const ours = await open(client);
    const { port } = await client.do(`${connect} ${ours} ${HOME} 7000`);
    await client.do(`${send} ${ours} 100`);
    await client.do(`${send} ${ours} 100`);
    await server.do(`sendto ${theirs} 50 ${HOME} ${port}`);
    await client.do(`${receive} ${ours} 50`);
    await client.do(`close ${ours}`);
    await server.do(`close ${theirs}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `flow udp ${HOME}:${port} > ${HOME}:7000 client`,
      `flow udp ${HOME}:7000 > ${HOME}:${port} server`,
      `close udp ${HOME}:${port} > ${HOME}:7000 client 200/50`,
      `close udp ${HOME}:7000 > ${HOME}:${port} server 50/0`,
    ]);
  });

  it("a flow for each peer that a socket is connected to, one after the other, or beside it", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    // Else the kernel would tell of what nobody took.
    for (const port of [7000, 7001, 7002]) await bound(server, HOME, port);
    const socket = await bound(client, HOME, 6000);
    await client.do(`connect ${socket} ${HOME} 7000`);
    await client.do(`send ${socket} 1`);
    await client.do(`sendto ${socket} 2 ${HOME} 7001`);
    await client.do(`connect ${socket} ${HOME} 7002`);
    await client.do(`send ${socket} 4`);
    await client.do(`close ${socket}`);
    const from = `udp ${HOME}:6000`;
    await watched.events.expectLines(couple, namesOf(couple), [
      `flow ${from} > ${HOME}:7000 client`,
      `flow ${from} > ${HOME}:7001 client`,
      `flow ${from} > ${HOME}:7002 client`,
      `close ${from} > ${HOME}:7000 client 1/0`,
      `close ${from} > ${HOME}:7001 client 2/0`,
      `close ${from} > ${HOME}:7002 client 4/0`,
    ]);
  });

  it("a flow without a peer, where its receiver does not ask for the sender", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const theirs = await bound(server, HOME, 7000);
    const ours = await bound(client, HOME, 6000);
    await client.do(`sendto ${ours} 10 ${HOME} 7000`);
    await server.do(`recv ${theirs} 10`);
    await server.do(`close ${theirs}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `flow udp ${HOME}:6000 > ${HOME}:7000 client`,
      `flow udp ${HOME}:7000 server`,
      `close udp ${HOME}:7000 server 0/10`,
    ]);
  });

  it("each byte once: of a datagram of several parts, one that is looked at first, one that is given back", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const theirs = await bound(server, HOME, 7000);
    const ours = await open(client);
    await client.do(`bind ${ours} ${HOME} 6000`);
    await client.do(`connect ${ours} ${HOME} 7000`);
    await client.do(`more ${ours} 30`);
    await client.do(`send ${ours} 12`);
    expect((await server.do(`peek ${theirs} 99`)).value).toBe(42);
    expect((await server.do(`recvfrom ${theirs} 99`)).value).toBe(42);
    await client.do(`zerocopy ${ours} 1000`);
    await client.do(`noted ${ours}`);
    await client.do(`close ${ours}`);
    await server.do(`close ${theirs}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `flow udp ${HOME}:6000 > ${HOME}:7000 client`,
      `flow udp ${HOME}:7000 > ${HOME}:6000 server`,
      `close udp ${HOME}:6000 > ${HOME}:7000 client 1042/0`,
      `close udp ${HOME}:7000 > ${HOME}:6000 server 0/42`,
    ]);
  });

  it("nothing of a socket that exchanges nothing, or whose datagram does not leave", async () => {
    await using couple = await startCouple();
    const { client } = couple;
    const idle = await bound(client, HOME, 6000);
    await client.do(`connect ${idle} ${HOME} 7000`);
    await client.do(`close ${idle}`);
    const failing = await open(client);
    expect(await client.try(`sendto ${failing} 10 192.0.2.1 7000`)).toMatchObject({ error: 101 });
    await client.do(`close ${failing}`);
    await watched.events.expectLines(couple, namesOf(couple), []);
  });

  it("the process that sends, when it is not the one that made the socket", async () => {
    await using couple = await startCouple();
    const { client } = couple;
    const socket = await bound(client, HOME, 6000);
    await client.do(`sendto ${socket} 1 ${HOME} 7000`);
    const child = (await client.do("fork")).pid;
    await client.do(`sendto ${socket} 2 ${HOME} 7001`);
    const asked = { ...between("udp", [HOME, 6000], [HOME, 7001]), netns: couple.netns };
    expect(told(await watched.monitor.findOwner(asked))).toBe(`derived ${child}`);
    await client.do("exit");
    await client.do(`close ${socket}`);
    await watched.events.expectLines(couple, { ...namesOf(couple), [child]: "child" }, [
      `flow udp ${HOME}:6000 > ${HOME}:7000 client`,
      `flow udp ${HOME}:6000 > ${HOME}:7001 child`,
      `close udp ${HOME}:6000 > ${HOME}:7000 client 1/0`,
      `close udp ${HOME}:6000 > ${HOME}:7001 child 2/0`,
    ]);
  });
});

describe.skipIf(missing)("of the datagrams of a socket that is older than the monitor is told", () => {
  it("the flow, but neither its age nor all that it has carried, which nobody knows", async () => {
    await using couple = await startCouple();
    const { client } = couple;
    const socket = await bound(client, HOME, 6000);
    await client.do(`sendto ${socket} 1 ${HOME} 7000`);
    const { monitor } = await watch();
    await using _ = monitor;
    const events = recordTold(monitor);
    await client.do(`sendto ${socket} 2 ${HOME} 7000`);
    await client.do(`close ${socket}`);
    await events.expectLines(couple, namesOf(couple), [
      `flow udp ${HOME}:6000 > ${HOME}:7000 client`,
      `close udp ${HOME}:6000 > ${HOME}:7000 client uncounted of unknown age`,
    ]);
  });
});
