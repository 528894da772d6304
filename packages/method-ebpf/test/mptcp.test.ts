import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fixturePath, requirement } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { startCouple } from "./support/socket-driver.ts";
import { watchTold } from "./support/watch-told.ts";

// `ip mptcp` comes with ss.
const missing = requirement("ebpf", "namespaces", "mptcp", "ss");
const HOME = "127.0.0.1";
const BYTES = 50_000;

describe.skipIf(missing)("of an MPTCP connection with a further subflow", () => {
  const watched = watchTold();

  it("each subflow is told, with the owner of the whole, and its part of the payload", async () => {
    await using couple = await startCouple();
    const { client, server } = couple;
    const inside = `join-net=${server.pid}`;
    const ip = (...args: string[]) => promisify(execFile)(fixturePath("enter"), [inside, "ip", ...args]);
    await ip("mptcp", "limits", "set", "subflow", "2");
    await ip("mptcp", "endpoint", "add", "127.0.0.2", "dev", "lo", "subflow");
    const listener = (await server.do("socket 4 stream 262")).value;
    await server.do(`bind ${listener} ${HOME} 7000`);
    await server.do(`listen ${listener} 8`);
    const socket = (await client.do("socket 4 stream 262")).value;
    const { port } = await client.do(`connect ${socket} ${HOME} 7000`);
    const accepted = (await server.do(`accept ${listener}`)).value;
    await client.do(`send ${socket} 1000`);
    await server.do(`recv ${accepted} 1000`);
    const names = { [client.pid]: "client", [server.pid]: "server" };
    const further = () => watched.events.lines(couple, names).filter((line) => line.includes("127.0.0.2"));
    await expect.poll(() => further().length).toBe(2);
    const joined = Number(/127\.0\.0\.2:(\d+)/.exec(further()[0] ?? "")?.[1]);
    await client.do(`send ${socket} ${BYTES - 1000}`);
    await server.do(`recv ${accepted} ${BYTES - 1000}`);
    await client.do(`close ${socket}`);
    await server.do(`close ${accepted}`);
    await watched.events.caughtUp();
    const ends = () =>
      watched.events.all.filter((event) => event.type === "close" && event.connection.netns === couple.netns);
    await expect.poll(() => ends().length).toBe(4);
    expect(watched.events.lines(couple, names).map((line) => line.replace(/ \d+\/\d+$/, ""))).toEqual([
      `listen tcp ${HOME}:7000 server`,
      `connect tcp ${HOME}:${port} > ${HOME}:7000 client`,
      `accept tcp ${HOME}:7000 > ${HOME}:${port} server`,
      `connect tcp 127.0.0.2:${joined} > ${HOME}:7000 client`,
      `accept tcp ${HOME}:7000 > 127.0.0.2:${joined} server`,
      ...[
        `close tcp ${HOME}:${port} > ${HOME}:7000 client`,
        `close tcp ${HOME}:7000 > ${HOME}:${port} server`,
        `close tcp ${HOME}:7000 > 127.0.0.2:${joined} server`,
        `close tcp 127.0.0.2:${joined} > ${HOME}:7000 client`,
      ].sort(),
    ]);
    const sums = { client: 0n, server: 0n };
    for (const event of ends()) {
      if (event.type !== "close" || event.ownership.kind !== "process") continue;
      if (event.ownership.owners[0].pid === client.pid) sums.client += event.bytesSent ?? 0n;
      else sums.server += event.bytesReceived ?? 0n;
    }
    // What was sent again on another subflow counts on both.
    expect(Number(sums.client) / BYTES).toBeCloseTo(1, 1);
    expect(Number(sums.server) / BYTES).toBeCloseTo(1, 1);
  });
});
