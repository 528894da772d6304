import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { promisify } from "node:util";
import type { MonitorEvent } from "@procmon/core";
import { fixturePath, requirement, spawnFixture } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { type Couple, type Driver, listenAt, startCouple } from "./support/socket-driver.ts";
import { watchTold } from "./support/watch-told.ts";
import { between, told } from "./watching.ts";

const missing = requirement("ebpf", "namespaces");
const HOME = "127.0.0.1";
const ENDS = `${HOME}:7000 > ${HOME}:6000`;
const namesOf = ({ client, server }: Couple) => ({ [client.pid]: "client", [server.pid]: "server" });

/** Connects from port 6000 to port 7000. */
async function connectTo(client: Driver, protocol = 0): Promise<number> {
  const { value } = await client.do(`socket 4 stream ${protocol}`);
  await client.do(`bind ${value} ${HOME} 6000`);
  await client.do(`connect ${value} ${HOME} 7000`);
  return value;
}

describe.skipIf(missing)("the process of an accepted connection", () => {
  const watched = watchTold();

  const asked = async ({ netns }: Couple) => {
    return told(await watched.monitor.findOwner({ ...between("tcp", [HOME, 7000], [HOME, 6000]), netns }));
  };

  it("is the listener's, and said to be, until somebody accepts it; also if nobody does", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, HOME, 7000);
    const socket = await connectTo(client);
    await client.do(`send ${socket} 77`);
    expect(await asked(couple)).toBe(`derived listener ${server.pid}`);
    await server.do(`close ${listener}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:6000 > ${HOME}:7000 client`,
      `accept tcp ${ENDS} server?`,
      `close tcp ${HOME}:6000 > ${HOME}:7000 client 77/0`,
      `close tcp ${ENDS} server? 0/77`,
      `close tcp ${HOME}:7000 server 0/0`,
    ]);
    expect(await asked(couple)).toBe("none: not-found");
  });

  it.each(["accept", "ring-accept"])("is the child that accepts it, not the one that listens: %s", async (verb) => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, HOME, 7000);
    const child = (await server.do("fork")).pid;
    const socket = await connectTo(client);
    const accepted = (await server.do(`${verb} ${listener}`)).value;
    // Of io_uring's requests none is seen but those that move data.
    await client.do(`send ${socket} 5`);
    await server.do(`recv ${accepted} 5`);
    expect(await asked(couple)).toBe(`exact ${child}`);
    await server.do(`close ${accepted}`);
    await client.do(`close ${socket}`);
    await watched.events.expectLines(couple, { ...namesOf(couple), [child]: "child" }, [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:6000 > ${HOME}:7000 client`,
      `accept tcp ${ENDS} child`,
      `close tcp ${HOME}:6000 > ${HOME}:7000 client 5/0`,
      `close tcp ${ENDS} child 0/5`,
    ]);
  });

  it("is whoever uses it, once that is another one", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = await listenAt(server, HOME, 7000);
    const socket = await connectTo(client);
    const accepted = (await server.do(`accept ${listener}`)).value;
    const child = (await server.do("fork")).pid;
    await server.do(`send ${accepted} 4`);
    await client.do(`linger ${socket}`);
    await client.do(`close ${socket}`);
    await watched.events.expectLines(couple, { ...namesOf(couple), [child]: "child" }, [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:6000 > ${HOME}:7000 client`,
      `accept tcp ${ENDS} server`,
      `close tcp ${HOME}:6000 > ${HOME}:7000 client 0/4`,
      `close tcp ${ENDS} child 4/0`,
    ]);
  });

  it.each(["accept", "reuse-port", "pass"])("is the one that answers, of a server's children: %s", async (mode) => {
    await using fixture = await spawnFixture<{ pid: number; port: number; children: number[] }>("prefork-server", [
      "3",
      mode,
    ]);
    const { pid, port } = fixture.ready;
    const answers: { readonly port: number; readonly by: number }[] = [];
    for (let count = 0; count < 12; count++) answers.push(await askServer(port));
    await watched.events.caughtUp();
    const ofType = (type: MonitorEvent["type"], peer: number) =>
      watched.events.all.flatMap((event) => {
        if (event.type !== type || !("connection" in event)) return [];
        const { srcPort, dstPort } = event.connection;
        return srcPort === port && dstPort === peer ? [told(event.ownership)] : [];
      });
    for (const { port: peer, by } of answers) {
      expect(ofType("accept", peer)).toEqual([`exact ${mode === "pass" ? pid : by}`]);
      expect(ofType("close", peer)).toEqual([`exact ${by}`]);
    }
  });

  it.each([
    ["before the handshake has ended", "519"],
    ["after it, where the server does not want that", "1"],
  ])("is told once, when data comes with the first packet (fast open): %s", async (_, mode) => {
    await using couple = await startCouple();
    const { client, server } = couple;
    await promisify(execFile)(fixturePath("enter"), [
      `join-net=${server.pid}`,
      "sh",
      "-c",
      `echo ${mode} > /proc/sys/net/ipv4/tcp_fastopen`,
    ]);
    const listener = (await server.do("socket 4 stream 0")).value;
    await server.do(`bind ${listener} ${HOME} 7000`);
    await server.do(`fast-open ${listener}`);
    await server.do(`listen ${listener} 8`);
    const socket = (await client.do("socket 4 stream 0")).value;
    await client.do(`bind ${socket} ${HOME} 6000`);
    await client.do(`fast-sendto ${socket} 100 ${HOME} 7000`);
    expect(countFastOpens(server.pid)).toBe(mode === "519" ? 1 : 0);
    const accepted = (await server.do(`accept ${listener}`)).value;
    await server.do(`recv ${accepted} 100`);
    expect(await asked(couple)).toBe(`exact ${server.pid}`);
    await client.do(`close ${socket}`);
    await server.do(`close ${accepted}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:6000 > ${HOME}:7000 client`,
      `accept tcp ${ENDS} server`,
      `close tcp ${HOME}:6000 > ${HOME}:7000 client 100/0`,
      `close tcp ${ENDS} server 0/100`,
    ]);
  });

  it.skipIf(requirement("mptcp"))("is told of MPTCP's connections, by those that programs hold", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const listener = (await server.do("socket 4 stream 262")).value;
    await server.do(`bind ${listener} ${HOME} 7000`);
    await server.do(`listen ${listener} 8`);
    const socket = await connectTo(client, 262);
    const accepted = (await server.do(`accept ${listener}`)).value;
    await client.do(`send ${socket} 1000`);
    await server.do(`recv ${accepted} 1000`);
    expect(await asked(couple)).toBe(`exact ${server.pid}`);
    await client.do(`close ${socket}`);
    await server.do(`close ${accepted}`);
    await watched.events.expectLines(couple, namesOf(couple), [
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:6000 > ${HOME}:7000 client`,
      `accept tcp ${ENDS} server`,
      `close tcp ${HOME}:6000 > ${HOME}:7000 client 1000/0`,
      `close tcp ${ENDS} server 0/1000`,
    ]);
  });
});

/** How many connections of a network namespace came with data in their first packet. */
function countFastOpens(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/net/netstat`, "latin1").split("\n");
  const [names = "", values = ""] = lines.filter((line) => line.startsWith("TcpExt: "));
  return Number(values.split(" ")[names.split(" ").indexOf("TCPFastOpenPassive")]);
}

/** Which process answered, and over which port it was asked. */
async function askServer(port: number): Promise<{ readonly port: number; readonly by: number }> {
  const socket = connect(port, HOME).setEncoding("utf8");
  let localPort = 0;
  socket.once("connect", () => {
    localPort = socket.localPort ?? 0;
  });
  const text = await socket.toArray();
  return { port: localPort, by: Number(text.join("")) };
}
