import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Ownership } from "@procmon/core";
import { describe, expect, test } from "vitest";
import { between, pidsOf } from "./support/sockets.ts";
import { METHOD, startMonitor } from "./support/start-monitor.ts";

// What was answered before is remembered. Here it stops being true while all that is quickly checked stays as it was.

/** Starts a program that inherits a socket as its descriptor 3. */
function spawnWith(socket: Socket, command: string, args: readonly string[]): ChildProcess & AsyncDisposable {
  // `_handle` is how child_process takes a socket (its documentation, "Passing handles"); it has no public name.
  const handle = (socket as unknown as { _handle: Socket })._handle;
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit", handle] });
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  });
}

/**
 * The client's address, which nobody else uses: of another one its port may be that of a connection in TIME_WAIT, and not
 * be bound again.
 */
const CLIENT = "127.81.7.7";

/** A connection of this process; `accepted` is the server's end. */
async function openConnection(localPort?: number, port?: number) {
  const server = createServer().listen(port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  const local = { localAddress: CLIENT, ...(localPort === undefined ? {} : { localPort }) };
  const client = connect({ host: "127.0.0.1", port: address.port, ...local });
  client.on("error", () => {});
  const [[accepted]] = (await Promise.all([once(server, "connection"), once(client, "connect")])) as [
    [Socket],
    unknown,
  ];
  const clientPort = client.localPort as number;
  return {
    client,
    accepted,
    port: address.port,
    clientPort,
    tuple: between("tcp", [CLIENT, clientPort], ["127.0.0.1", address.port]),
    async [Symbol.asyncDispose]() {
      client.destroy();
      accepted.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, CLIENT, () => server.close(() => resolve(true)));
  });
}

const pathsOf = (owner: Ownership) => (owner.kind === "process" ? owner.owners.map(({ path }) => path) : []);

describe("an owner that runs another program", () => {
  test("is named by that one, also after core has heard of it elsewhere", async () => {
    await using connection = await openConnection();
    await using child = spawnWith(connection.client, "/bin/sh", ["-c", "echo x; read x; exec sleep 1000"]);
    const pid = child.pid as number;
    await once(child.stdout as NodeJS.ReadableStream, "data");
    connection.client.destroy();
    await using monitor = await startMonitor();
    await expect.poll(() => monitor.findOwner(connection.tuple).then(pidsOf)).toEqual([pid]);
    expect(pathsOf(await monitor.findOwner(connection.tuple))).toEqual([realpathSync("/bin/sh")]);
    child.stdin?.write("\n");
    const sleep = realpathSync("/bin/sleep");
    await expect.poll(() => monitor.findProcess(pid).then((process) => process?.path)).toBe(sleep);
    const answer = () => monitor.findOwner(connection.tuple).then(pathsOf);
    // The kernel's programs are told of an exec a moment after /proc shows it.
    if (METHOD === "ebpf") await expect.poll(answer).toEqual([sleep]);
    else expect(await answer()).toEqual([sleep]);
  });
});

describe("a connection that is over, while its socket is still held", () => {
  test("is soon not answered for another one between the same ends", async () => {
    const first = await openConnection();
    await using holder = spawnWith(first.client, "/bin/sleep", ["1000"]);
    first.client.destroy();
    await using monitor = await startMonitor();
    await expect.poll(() => monitor.findOwner(first.tuple).then(pidsOf)).toEqual([holder.pid]);
    // The peer breaks the connection off: the socket loses its port, but stays in the hands of its holder.
    first.accepted.resetAndDestroy();
    await first[Symbol.asyncDispose]();
    await expect.poll(() => isFree(first.clientPort)).toBe(true);
    await using second = await openConnection(first.clientPort, first.port);
    expect(second.tuple).toEqual(first.tuple);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(pidsOf(await monitor.findOwner(second.tuple))).toEqual([process.pid]);
  });
});
